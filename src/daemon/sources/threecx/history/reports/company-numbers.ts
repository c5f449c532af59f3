import * as z from 'zod';
import type { Clock } from '../../../../core/ports.ts';
import { comparableNumber } from '../records/phone-number.ts';
import type { XapiGetter } from './report.ts';

const PAGE_ROWS = 1000;
const PAGES_MAX = 20;
/** Numbers are bought by the month. */
const KNOWN_FOR_MS = 3_600_000;
/** 3CX: roles below administrator may not read the list. */
const RETRY_MS = 600_000;

const pageSchema = z.object({ value: z.array(z.object({ Number: z.string() })) });

/** The numbers under which the company can be reached, as the PBX lists them. */
export class CompanyNumbers {
  readonly #xapi: XapiGetter;
  readonly #clock: Clock;
  #known: ReadonlySet<string> = new Set();
  #askAgainAt = Number.NEGATIVE_INFINITY;

  constructor(xapi: XapiGetter, clock: Clock) {
    this.#xapi = xapi;
    this.#clock = clock;
  }

  /** Whether a number is one of ours, by digits alone. A list that cannot be read answers no: nobody is told a guess. */
  async look(signal?: AbortSignal): Promise<(number: string) => boolean> {
    const now = this.#clock.elapsed();
    if (now >= this.#askAgainAt) {
      this.#askAgainAt = now + RETRY_MS;
      try {
        this.#known = await this.#read(signal);
        this.#askAgainAt = now + KNOWN_FOR_MS;
      } catch {
        // What was known stays known; the report itself says what is wrong with the API.
      }
    }
    const known = this.#known;
    return number => number !== '' && known.has(comparableNumber(number));
  }

  async #read(signal?: AbortSignal): Promise<ReadonlySet<string>> {
    const numbers = new Set<string>();
    for (let page = 0; page < PAGES_MAX; page++) {
      const path = `/xapi/v1/DidNumbers?$select=Number&$top=${PAGE_ROWS}&$skip=${page * PAGE_ROWS}`;
      const { value } = pageSchema.parse(await this.#xapi.get(path, signal));
      for (const { Number: number } of value) numbers.add(comparableNumber(number));
      if (value.length < PAGE_ROWS) break;
    }
    return numbers;
  }
}
