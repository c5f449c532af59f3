/** Nobody answers there: a project of its own address has none yet. */
const MAINTAINER = '3cx-relay authors <3cx-relay@localhost.localdomain>';
/** What the runtime and the SQLite module are linked with; with what makes the account; all are on every Debian 12 and 13. */
const DEPENDS = 'libc6 (>= 2.34), libgcc-s1 (>= 3.4), libstdc++6 (>= 11), passwd';

/** 1.0.0-rc.1 comes before 1.0.0, which Debian writes with ~. */
function debVersion(version: string): string {
  return version.replaceAll('-', '~');
}

export function debName(version: string): string {
  return `3cx-relay_${debVersion(version)}_amd64.deb`;
}

export function control(version: string, sizeKib: number): string {
  return `Package: 3cx-relay
Version: ${debVersion(version)}
Architecture: amd64
Maintainer: ${MAINTAINER}
Installed-Size: ${sizeKib}
Depends: ${DEPENDS}
Recommends: systemd
Suggests: nginx
Section: comm
Priority: optional
Description: hands on the live calls and records of a 3CX phone system
 Runs beside a 3CX phone system (or on another host), takes its live events,
 its call records and its API, and hands them on safely: every call event in
 order and without silent holes, active calls, history and call control, each
 program with a key of its own. Steered from the terminal.
 .
 Brings its own Node runtime; nothing is compiled or fetched on the host.
`;
}

export function debianChangelog(version: string, time: number): string {
  const date = new Date(time * 1000).toUTCString().replace('GMT', '+0000');
  return `3cx-relay (${debVersion(version)}) stable; urgency=medium

  * What changed is in /usr/share/doc/3cx-relay/CHANGELOG.md.gz.

 -- ${MAINTAINER}  ${date}
`;
}

/** The licence of the relay, then of all it brings. */
export function copyright(licence: string, licences: string): string {
  return `3cx-relay\n\n${licence.trim()}\n\n${licences}`;
}

/** The unit of the release tree, for where the package puts the program. */
export function debUnit(unit: string): string {
  return unit.replaceAll('/opt/3cx-relay/current', '/usr/lib/3cx-relay');
}
