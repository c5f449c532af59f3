/** Which words stand together in the overview. */
export const THEMES: readonly (readonly [title: string, words: readonly string[]])[] = [
  ['How it is', ['status', 'doctor', 'conditions', 'connections', 'errors', 'check']],
  ['Calls', ['listen', 'calls', 'history']],
  ['Who may', ['keys', 'users', 'login', 'logout', 'whoami', 'clients', 'audit']],
  ['Upkeep', ['logs', 'config', 'backup', 'restore', 'maintenance']],
  ['On this host', ['install', 'upgrade', 'rollback', 'uninstall', 'footprint', 'support-mode']],
  ['The program', ['daemon', 'demo', 'info', 'completion']],
];

/** What a word with several verbs is about. */
export const GROUPS: Record<string, string> = {
  connections: 'The three connections to the phone system',
  errors: 'What went wrong, repeats counted',
  calls: 'The calls of this moment',
  history: 'The calls of the past',
  keys: 'The API keys of programs',
  users: 'The accounts of operators',
  clients: 'The programs that are connected',
  audit: 'What was done, and by whom',
  config: 'The configuration, and where it comes from',
};
