import * as z from 'zod';
import { knobsSchema } from './knobs.ts';

const PORT_MAX = 65_535;
const EXTENSIONS_MIN = 10;
const EXTENSIONS_MAX = 5000;
const port = z.number().int().min(0).max(PORT_MAX).default(0);

/** How a simulator is set up. Stories name people 101 to 105 and queue 900, so there are always ten extensions. */
export const optionsSchema = z.strictObject({
  seed: z.number().int().default(1),
  callsPerMinute: z.number().min(0).max(100_000).default(0),
  extensions: z.number().int().min(EXTENSIONS_MIN).max(EXTENSIONS_MAX).default(20),
  queues: z.number().int().min(1).max(99).default(3),
  /** How many seconds of a story pass in one second. */
  speed: z.number().min(0.01).max(10_000).default(1),
  port,
  controlPort: port,
  databasePort: port,
  clientId: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/)
    .default('relay'),
  clientSecret: z.string().min(1).exactOptional(),
  tls: z.enum(['none', 'selfSigned']).default('none'),
  database: z.enum(['current', 'older', 'none']).default('current'),
  ini: z.enum(['current', 'callReports', 'peerOnly']).exactOptional(),
  knobs: knobsSchema.prefault({}),
});

const DAYS_MAX = 3650;
const CALLS_PER_DAY_MAX = 1_000_000;

/** How much of a past there is to be. */
export const pastSchema = z.strictObject({
  days: z.number().int().min(1).max(DAYS_MAX),
  callsPerDay: z.number().int().min(1).max(CALLS_PER_DAY_MAX).default(1000),
});

export type Past = z.output<typeof pastSchema>;
export type SimulatorOptions = z.input<typeof optionsSchema>;
export type Options = z.output<typeof optionsSchema>;
