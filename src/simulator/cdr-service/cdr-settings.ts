import { isIP } from 'node:net';
import * as z from 'zod';

/** In the PBX's classic order, which is also the order of a fresh installation. */
export const CDR_FIELDS = [
  'historyid',
  'callid',
  'duration',
  'time-start',
  'time-answered',
  'time-end',
  'reason-terminated',
  'from-no',
  'to-no',
  'from-dn',
  'to-dn',
  'dial-no',
  'reason-changed',
  'final-number',
  'final-dn',
  'bill-code',
  'bill-rate',
  'bill-cost',
  'bill-name',
  'chain',
  'from-type',
  'to-type',
  'final-type',
  'from-dispname',
  'to-dispname',
  'final-dispname',
  'missed-queue-calls',
] as const;

export type CdrFieldName = (typeof CDR_FIELDS)[number];

const PORT_MAX = 65_535;
const FIELD_LENGTH_MAX_CHARS = 1024;
const FIELDS_MAX = 100;
const LOG_SIZE_MAX_MB = 1000;

const fieldSchema = z.strictObject({
  Name: z.enum(CDR_FIELDS),
  /** Width of the column; null for as long as the value is. */
  Length: z.number().int().min(0).max(FIELD_LENGTH_MAX_CHARS).nullable().default(null),
});

const settingsSchema = z
  .strictObject({
    Enabled: z.boolean(),
    LogType: z.enum(['SingleFileForAllCalls', 'SingleFileForEachCall', 'PassiveSocket', 'ActiveSocket']),
    SocketIpAddress: z.string().refine(text => text === '' || isIP(text) !== 0, 'is no IP address'),
    SocketPort: z.number().int().min(0).max(PORT_MAX),
    EnabledFields: z.array(fieldSchema).min(1).max(FIELDS_MAX),
    LogSize: z.number().int().min(0).max(LOG_SIZE_MAX_MB),
    RemoveCommaDelimiters: z.boolean(),
  })
  .refine(
    ({ Enabled, LogType, SocketIpAddress: address }) => {
      return !Enabled || LogType !== 'ActiveSocket' || isLoopback(address);
    },
    {
      path: ['SocketIpAddress'],
      message: 'the simulator connects to this machine only: give 127.0.0.1 or ::1',
    },
  );

export type CdrField = z.infer<typeof fieldSchema>;
export type CdrSettings = z.infer<typeof settingsSchema> & { PossibleFields: readonly CdrFieldName[] };

type SettingsListener = (settings: CdrSettings) => void;

const DEFAULTS: z.infer<typeof settingsSchema> = {
  Enabled: false,
  LogType: 'PassiveSocket',
  SocketIpAddress: '127.0.0.1',
  SocketPort: 0,
  EnabledFields: CDR_FIELDS.map(Name => ({ Name, Length: null })),
  LogSize: 0,
  RemoveCommaDelimiters: false,
};

/** How the PBX writes its call data records, as XAPI's /CDRSettings shows and changes it. */
export class CdrSettingsStore {
  readonly #listeners = new Set<SettingsListener>();
  #current: CdrSettings;

  constructor(atStart: Partial<Omit<CdrSettings, 'PossibleFields'>> = {}) {
    this.#current = checked({ ...DEFAULTS, ...atStart });
  }

  get(): CdrSettings {
    return this.#current;
  }

  /** Throws a ZodError that names each field that does not exist or has a value it cannot take. */
  patch(changes: unknown): CdrSettings {
    const { PossibleFields: _fixed, ...current } = this.#current;
    this.#current = checked({ ...current, ...changeable(changes) });
    for (const listener of this.#listeners) listener(this.#current);
    return this.#current;
  }

  onChange(listener: SettingsListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export function isLoopback(address: string): boolean {
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}

function checked(settings: unknown): CdrSettings {
  return { ...settingsSchema.parse(settings), PossibleFields: CDR_FIELDS };
}

/** A client may send back the whole object it was given, with the parts that are not its to change. */
function changeable(changes: unknown): Record<string, unknown> {
  const given = z.record(z.string(), z.unknown()).parse(changes);
  return Object.fromEntries(
    Object.entries(given).filter(([name]) => name !== 'PossibleFields' && !name.startsWith('@odata.')),
  );
}
