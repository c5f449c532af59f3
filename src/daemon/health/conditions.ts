import {
  CONDITIONS,
  type ConditionCode,
  type ConditionView,
  conditionOf,
  SEVERITIES,
} from '../../shared/conditions/condition-table.ts';
import type { Clock, ConditionReporter } from '../core/ports.ts';
import type { ConditionHistory } from './condition-history.ts';
import { PatientWrites } from './patient-writes.ts';

interface ConditionsOptions {
  clock: Clock;
  history: Pick<ConditionHistory, 'open' | 'close' | 'closeAll'>;
  /** Makes a text fit to be seen: no secret, no whole phone number. */
  clean: (text: string) => string;
}

interface Raised {
  code: ConditionCode;
  since: number;
  sinceElapsed: number;
  againElapsed: number;
  /** By whom, and in what words; it lasts as long as one of them says so. */
  details: Map<string, string>;
  isShown: boolean;
}

type Listener = (current: readonly ConditionView[]) => void;

const LOOK_EVERY_MS = 1000;
/** Who says it when no component does. */
const NOBODY_SPECIAL = '';
const HISTORY = 'conditions';
const CODES = Object.keys(CONDITIONS) as ConditionCode[];

/** What is wrong right now: told by the code that knows, shown once it has lasted, without what is only an effect. */
export class Conditions implements ConditionReporter {
  readonly #options: ConditionsOptions;
  readonly #raised = new Map<ConditionCode, Raised>();
  readonly #listeners = new Set<Listener>();
  readonly #writes = new PatientWrites({
    onFault: error =>
      void this.#note('STATE_NOT_WRITABLE', { detail: `condition_history: ${error}`, by: HISTORY }),
    onGood: () => void this.#drop('STATE_NOT_WRITABLE', HISTORY),
  });
  #shownText = '[]';
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ConditionsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#writes.add(() => this.#options.history.closeAll(this.#options.clock.now()));
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#writes.add(() => this.#options.history.closeAll(this.#options.clock.now()));
    this.#writes.stop();
  }

  raise(code: ConditionCode, detail: string, by = NOBODY_SPECIAL): void {
    if (this.#note(code, { detail, by })) this.look();
  }

  clear(code: ConditionCode, by = NOBODY_SPECIAL): void {
    if (this.#drop(code, by)) this.look();
  }

  /** All that `by` has to say at the moment: what it said before and does not say again is over. */
  tell(by: string, codes: readonly ConditionCode[], detail: string): void {
    let isNews = false;
    for (const { code, details } of this.#raised.values()) {
      if (details.has(by) && !codes.includes(code)) isNews = this.#drop(code, by) || isNews;
    }
    for (const code of codes) isNews = this.#note(code, { detail, by }) || isNews;
    if (isNews) this.look();
  }

  /** Also before it is shown, and while it is hidden. */
  isRaised(code: ConditionCode): boolean {
    return this.#raised.has(code);
  }

  /** What an operator should see, the worst and oldest first. */
  current(): ConditionView[] {
    return this.#ordered().filter(({ code }) => !this.#isHidden(code));
  }

  /** With what is only an effect of something else that is shown. */
  all(): (ConditionView & { isHidden: boolean })[] {
    return this.#ordered().map(view => ({ ...view, isHidden: this.#isHidden(view.code) }));
  }

  /** Called with the whole list whenever it changes. The answer takes the listener off again. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Shows what has lasted long enough and ends what was a moment. Runs by itself every second. */
  look(): void {
    const before = this.#shownText;
    const elapsed = this.#options.clock.elapsed();
    for (const one of this.#raised.values()) {
      const { afterMs, staysMs } = conditionOf(one.code);
      const isOver =
        one.details.size === 0 || (staysMs !== undefined && elapsed - one.againElapsed >= staysMs);
      if (isOver) this.#end(one);
      else if (!one.isShown && elapsed - one.sinceElapsed >= afterMs) this.#show(one);
    }
    const current = this.current();
    this.#shownText = JSON.stringify(current);
    if (this.#shownText !== before) this.#publish(current);
  }

  /** True when that is news. */
  #note(code: ConditionCode, { detail, by }: { detail: string; by: string }): boolean {
    const { clock } = this.#options;
    const known = this.#raised.get(code);
    if (known) known.againElapsed = clock.elapsed();
    if (known?.details.get(by) === detail) return false;
    const elapsed = clock.elapsed();
    const raised = known ?? {
      ...{ code, since: clock.now(), sinceElapsed: elapsed, againElapsed: elapsed },
      ...{ details: new Map<string, string>(), isShown: false },
    };
    // The newest words last: they are the ones that are shown.
    raised.details.delete(by);
    raised.details.set(by, detail);
    this.#raised.set(code, raised);
    return true;
  }

  #drop(code: ConditionCode, by: string): boolean {
    return this.#raised.get(code)?.details.delete(by) ?? false;
  }

  #show(one: Raised): void {
    one.isShown = true;
    const { code, since: at } = one;
    const detail = this.#detailOf(one);
    this.#writes.add(() => this.#options.history.open({ code, detail, at }));
  }

  #end({ code, isShown }: Raised): void {
    this.#raised.delete(code);
    const at = this.#options.clock.now();
    if (isShown) this.#writes.add(() => this.#options.history.close(code, at));
  }

  #ordered(): ConditionView[] {
    const shown = [...this.#raised.values()].filter(({ isShown }) => isShown);
    const views = shown.map(one => {
      const { severity, what, cause, fix } = conditionOf(one.code);
      return { code: one.code, severity, what, detail: this.#detailOf(one), cause, fix, since: one.since };
    });
    const rank = ({ severity, code }: ConditionView): number =>
      SEVERITIES.indexOf(severity) * CODES.length + CODES.indexOf(code);
    return views.toSorted((a, b) => rank(a) - rank(b));
  }

  /** A cause that has not lasted long enough to be shown hides its effects all the same: it is about to be. */
  #isHidden(code: ConditionCode): boolean {
    return conditionOf(code).hiddenBy.some(cause => this.#raised.has(cause as ConditionCode));
  }

  #detailOf({ details }: Raised): string {
    return this.#options.clean([...details.values()].at(-1) ?? '');
  }

  #publish(current: readonly ConditionView[]): void {
    for (const listener of this.#listeners) {
      try {
        listener(current);
      } catch {
        // Whoever listens must not keep the others from hearing it.
      }
    }
  }
}
