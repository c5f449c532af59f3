import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DATABASE, MASTER_DATABASE, OWNER, READER } from './access.ts';

export type IniKind = 'current' | 'callReports' | 'peerOnly';

interface IniValues {
  port: number;
  ownerPassword: string;
  readerPassword: string;
}

/** The first step of the paths below. */
export const INI_ENTRY = 'var';

/** 3CX: reference section 6.1; the old place and section come from V11, but are what the project's brief names. */
const PATHS: Record<IniKind, string> = {
  current: 'var/lib/3cxpbx/Bin/3CXPhoneSystem.ini',
  peerOnly: 'var/lib/3cxpbx/Bin/3CXPhoneSystem.ini',
  callReports: 'var/lib/3cxpbx/Instance1/Bin/3CXPhoneSystem.ini',
};

/** Returns the path of what it wrote: where a PBX has it, with the folder in place of the root. */
export async function writeIniFile(folder: string, kind: IniKind, values: IniValues): Promise<string> {
  const path = join(folder, PATHS[kind]);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, iniText(kind, values), { mode: 0o600 });
  return path;
}

function iniText(kind: IniKind, { port, ownerPassword, readerPassword }: IniValues): string {
  if (kind === 'callReports') {
    return `[CallReports]
SERVER=127.0.0.1
PORT=${port}
DATABASE=${DATABASE}
USERNAME=${READER}
PASSWORD=${readerPassword}
`;
  }
  const masterPassword = kind === 'peerOnly' ? '' : `MasterDBPassword = ${ownerPassword}\n`;
  const password = kind === 'peerOnly' ? '' : `Password = ${ownerPassword}\n`;
  return `[CfgServerProfile]
DBHost = 127.0.0.1
DBPort = ${port}
DBName = ${MASTER_DATABASE}
MasterDBUser = ${OWNER}
${masterPassword}
[QMDatabase]
DBName = ${DATABASE}

[DbAdminREADONLY]
User = ${OWNER}
${password}`;
}
