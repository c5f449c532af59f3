// Imported first by every entry point, for its effect. Plain JavaScript without dependencies, so that any
// Node can read it: a wrong Node otherwise dies in riddles (no TypeScript; better-sqlite3 crashes without a word).
const OLDEST_MAJOR = 22;
const OLDEST_MINOR = 19;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < OLDEST_MAJOR || (major === OLDEST_MAJOR && minor < OLDEST_MINOR)) {
  process.stderr.write(
    `3cx-relay needs Node ${OLDEST_MAJOR}.${OLDEST_MINOR} or newer and this is ${process.versions.node} (${process.execPath}): ` +
      'start it with bin/3cx-relay or an npm script, which use the Node that `npm ci` installs here.\n',
  );
  process.exit(1);
}
