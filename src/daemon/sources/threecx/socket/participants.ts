import type { Participant } from '../messages.ts';

export interface LegId {
  dn: string;
  id: number;
}

/** What one event turned out to mean. */
export type Finding =
  | { kind: 'leg'; participant: Participant; at: number }
  | { kind: 'gone'; leg: LegId; at: number; isInferred: boolean }
  | { kind: 'nothing' };

interface Question {
  leg: LegId;
  key: string;
  at: number;
  state: 'waiting' | 'asking' | 'answered';
  finding: Finding;
  /** A later event made the answer worthless. */
  isVoid: boolean;
  /** A snapshot came while it was asked: the answer may be older, so it is asked once more. */
  isStale: boolean;
}

interface ParticipantParts {
  /** GET of the leg; never rejects. */
  ask: (leg: LegId, at: number) => Promise<Finding>;
  found: (finding: Finding) => void;
  /** Too many open questions: they were dropped, and a snapshot must answer them all. */
  overflowed: () => void;
  askingMax: number;
  questionsMax: number;
}

/**
 * Turns "something changed at this leg" into what it is now. Asks for several legs at a time, never twice for one,
 * and hands findings on in the order of the events: a leg that went never overtakes the one that took its place.
 */
export class Participants {
  readonly #parts: ParticipantParts;
  #questions: Question[] = [];
  readonly #latest = new Map<string, Question>();
  #asking = 0;
  #isHeld = true;

  constructor(parts: ParticipantParts) {
    this.#parts = parts;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Nothing is asked or handed on until `release`; open questions are dropped, a snapshot will answer them. */
  hold(): void {
    this.#isHeld = true;
    this.dropHeld();
  }

  /** A snapshot asked for from now on covers everything that was held until now. */
  dropHeld(): void {
    if (!this.#isHeld) return;
    for (const question of this.#questions) question.isVoid = true;
    this.#questions = [];
    this.#latest.clear();
  }

  isPending(leg: LegId): boolean {
    return this.#latest.has(keyOf(leg));
  }

  release(): void {
    this.#isHeld = false;
    this.#pump();
  }

  /** Answers under way may be older than the snapshot that was just taken over. */
  snapshotApplied(): void {
    for (const question of this.#questions) if (question.state === 'asking') question.isStale = true;
  }

  /** `told`: the event carried the state itself. */
  upserted(leg: LegId, { told, at }: { told: Participant | null; at: number }): void {
    const key = keyOf(leg);
    const latest = this.#latest.get(key);
    if (told) {
      this.#voidUntil(key);
      this.#add({ leg, key, at, state: 'answered', finding: { kind: 'leg', participant: told, at } });
    } else if (latest?.state !== 'waiting') {
      this.#add({ leg, key, at, state: 'waiting', finding: { kind: 'nothing' } });
    }
  }

  removed(leg: LegId, at: number): void {
    const key = keyOf(leg);
    this.#voidUntil(key);
    this.#add({ leg, key, at, state: 'answered', finding: { kind: 'gone', leg, at, isInferred: false } });
  }

  #voidUntil(key: string): void {
    for (const question of this.#questions) {
      if (question.key !== key || question.state === 'answered') continue;
      question.isVoid = true;
      question.state = 'answered';
    }
  }

  #add(question: Omit<Question, 'isVoid' | 'isStale'>): void {
    if (this.#questions.length >= this.#parts.questionsMax) {
      this.hold();
      this.#parts.overflowed();
      return;
    }
    const added = { ...question, isVoid: false, isStale: false };
    this.#questions.push(added);
    this.#latest.set(question.key, added);
    this.#pump();
  }

  #pump(): void {
    if (this.#isHeld) return;
    this.#handOn();
    if (this.#questions.length === 0 || this.#asking >= this.#parts.askingMax) return;
    const busy = new Set(this.#questions.filter(one => one.state === 'asking').map(one => one.key));
    for (const question of this.#questions) {
      if (this.#asking >= this.#parts.askingMax) return;
      if (question.state !== 'waiting' || busy.has(question.key)) continue;
      busy.add(question.key);
      void this.#ask(question);
    }
  }

  async #ask(question: Question): Promise<void> {
    question.state = 'asking';
    question.isStale = false;
    this.#asking += 1;
    const finding = await this.#parts.ask(question.leg, question.at);
    this.#asking -= 1;
    if (!question.isVoid) {
      question.finding = finding;
      question.state = question.isStale ? 'waiting' : 'answered';
    }
    this.#pump();
  }

  #handOn(): void {
    // `found` may put everything on hold, and then the list is empty.
    while (this.#questions[0]?.state === 'answered') {
      const question = this.#questions.shift();
      if (!question) return;
      if (this.#latest.get(question.key) === question) this.#latest.delete(question.key);
      if (!question.isVoid) this.#parts.found(question.finding);
    }
  }
}

function keyOf({ dn, id }: LegId): string {
  return `${dn}/${id}`;
}
