import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { textOf } from './machine/file-work.ts';
import type { Host } from './machine/host.ts';
import type { Wish } from './piece.ts';
import { isActive } from './pieces/service.ts';
import { PLACES } from './places.ts';
import { listensOn } from './wanted-config.ts';

/** What was looked at before anything is changed. */
export interface Finding {
  name: string;
  result: 'ok' | 'warning' | 'fail';
  says: string;
}

const ROOM_MIB = 600;
const MEBIBYTE_BYTES = 1_048_576;
const DEBIANS = ['12', '13'];
/** 3CX: the oldest with the API that the relay speaks. */
const PBX_OLDEST = 20;
const PACKAGE_TREE = '/usr/lib/3cx-relay/VERSION';
const INI_FILES = [
  '/var/lib/3cxpbx/Instance1/Bin/3CXPhoneSystem.ini',
  '/var/lib/3cxpbx/Bin/3CXPhoneSystem.ini',
];

type Looker = (host: Host, wish: Wish) => Promise<Finding | null> | Finding | null;

/** All of them are told, so that one run is enough to mend all. */
export async function firstLook(host: Host, wish: Wish): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const look of host.isLive ? LOOKERS : [room]) {
    const finding = await look(host, wish);
    if (finding !== null) found.push(finding);
  }
  return found;
}

/** The other way to install; both together would run twice. */
export function isPackaged(host: Host): boolean {
  return existsSync(host.at(PACKAGE_TREE));
}

const LOOKERS: readonly Looker[] = [
  ({ isRoot }) => {
    return { name: 'root', ...(isRoot ? ok('this is root') : fail('this needs root: sudo')) };
  },
  host => {
    const release = textOf(host.at('/etc/os-release')) ?? '';
    const told = (name: string): string =>
      new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(release)?.[1] ?? '';
    const seen = told('PRETTY_NAME') || 'an unknown system';
    const isRight = told('ID') === 'debian' && DEBIANS.includes(told('VERSION_ID'));
    return { name: 'system', ...(isRight ? ok(seen) : fail(`${seen}: it must be Debian 12 or 13`)) };
  },
  () => {
    const isRight = process.arch === 'x64' && process.platform === 'linux';
    const seen = `${process.platform}-${process.arch}`;
    return { name: 'machine', ...(isRight ? ok(seen) : fail(`${seen}: it must be linux-x64`)) };
  },
  host => {
    const isThere = existsSync(host.at('/run/systemd/system'));
    return { name: 'systemd', ...(isThere ? ok('it runs') : fail('it does not run here')) };
  },
  room,
  async (host, wish) => {
    const { address, port } = listensOn(host, wish);
    const at = `${address}:${port}`;
    if (await isActive(host)) return { name: 'port', ...ok(`the relay runs at ${at}`) };
    const isFree = await host.isPortFree(address, port);
    const taken = `${at} is taken ('ss -ltnp' shows by whom): choose another one with --port`;
    return { name: 'port', ...(isFree ? ok(`${at} is free`) : fail(taken)) };
  },
  host => {
    const version = /^Package: 3cxpbx\n(?:.+\n)*?Version: (.+)$/m.exec(
      textOf(host.at('/var/lib/dpkg/status')) ?? '',
    )?.[1];
    if (version === undefined) return { name: '3cx', ...ok('it is not on this machine: off-box') };
    const isRight = Number(version.split('.')[0]) >= PBX_OLDEST;
    const old = `3CX ${version} is older than ${PBX_OLDEST}: it lacks what the relay listens to`;
    return { name: '3cx', ...(isRight ? ok(`3CX ${version}`) : { result: 'warning', says: old }) };
  },
  host => {
    const file = INI_FILES.find(path => existsSync(host.at(path)));
    if (file === undefined) return null;
    const says = `${file} holds the login of its database, if the service's user may read it; otherwise set DB_*`;
    return { name: 'ini', ...ok(says) };
  },
];

async function room(host: Host): Promise<Finding> {
  const folder = nearest(host.at(PLACES.home));
  const mib = Math.floor((await host.freeBytes(folder)) / MEBIBYTE_BYTES);
  const seen = `${mib} MiB are free at ${folder}`;
  return { name: 'room', ...(mib >= ROOM_MIB ? ok(seen) : fail(`${seen}: ${ROOM_MIB} are needed`)) };
}

function nearest(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearest(dirname(folder));
}

function ok(says: string): Pick<Finding, 'result' | 'says'> {
  return { result: 'ok', says };
}

function fail(says: string): Pick<Finding, 'result' | 'says'> {
  return { result: 'fail', says };
}
