import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { asAppError } from '../../store/database-fault.ts';

interface TokenFileOptions {
  path: string;
  /** Tells people, and the log, what kind of secret it is. */
  prefix: 'rop' | 'rsu';
}

const TOKEN_BYTES = 32;
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o750;

/** A secret in a file: whoever can read the file has it. */
export class TokenFile {
  readonly #path: string;
  readonly #prefix: string;
  #token: string | null = null;

  constructor({ path, prefix }: TokenFileOptions) {
    this.#path = path;
    this.#prefix = prefix;
  }

  get isThere(): boolean {
    return this.#token !== null;
  }

  /** A new secret; the one before is worth nothing from now on. */
  write(): void {
    const token = `${this.#prefix}_${randomBytes(TOKEN_BYTES).toString('hex')}`;
    const fresh = `${this.#path}.${process.pid}`;
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: FOLDER_MODE });
      rmSync(fresh, { force: true });
      // Born with its mode, and moved into place whole: nobody else ever reads it, and nobody reads half of it.
      const file = openSync(fresh, 'wx', FILE_MODE);
      try {
        writeSync(file, `${token}\n`);
      } finally {
        closeSync(file);
      }
      renameSync(fresh, this.#path);
    } catch (error) {
      rmSync(fresh, { force: true });
      throw asAppError(error, this.#path);
    }
    this.#token = token;
  }

  /** Ends it. A file that somebody else has put there meanwhile stays. */
  remove(): void {
    const token = this.#token;
    this.#token = null;
    if (token !== null && this.#content() === token) rmSync(this.#path, { force: true });
  }

  /** One that an earlier run left behind. */
  removeLeftover(): void {
    if (this.#content()?.startsWith(`${this.#prefix}_`)) rmSync(this.#path, { force: true });
  }

  isFor(presented: string): boolean {
    return presented.startsWith(`${this.#prefix}_`);
  }

  /** Takes the same time whatever is wrong. */
  matches(presented: string): boolean {
    const isSame = timingSafeEqual(digestOf(presented), digestOf(this.#token ?? ''));
    return isSame && this.#token !== null;
  }

  #content(): string | null {
    try {
      return readFileSync(this.#path, 'utf8').trim();
    } catch {
      // Gone, or not ours to read: then it is not ours to remove.
      return null;
    }
  }
}

function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
