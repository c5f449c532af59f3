interface Task {
  due: number;
  order: number;
  work: () => void;
}

interface ClockOptions {
  /** The moment the clock stands at, in ms since 1970. */
  startsAt: number;
  /** How many seconds of a story pass in one second of this clock. */
  speed?: number;
}

/** What a timer can hold; beyond it Node fires at once. A longer wait is taken in several. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * Time for everything that plays. Work runs in the order it is due, never two pieces out of order, and while it
 * runs the time is exactly the time it was due: so one seed gives the same story at any speed on any machine.
 * It stands still until it is advanced; `follow` ties it to the wall clock.
 */
export class Clock {
  readonly #tasks = new TaskHeap();
  readonly #speed: number;
  #current: number;
  #order = 0;
  #isAdvancing = false;
  #timer: NodeJS.Timeout | undefined;
  #isFollowing = false;

  constructor({ startsAt, speed = 1 }: ClockOptions) {
    this.#current = startsAt;
    this.#speed = speed;
  }

  now(): number {
    return Math.floor(this.#exactNow());
  }

  /** Runs the work when that many story milliseconds have passed; returns how to call it off. */
  after(delayMs: number, work: () => void): () => void {
    const task = { due: this.#exactNow() + Math.max(0, delayMs) / this.#speed, order: this.#order++, work };
    this.#tasks.push(task);
    this.#arm();
    return () => {
      task.work = () => {};
    };
  }

  advanceTo(time: number): void {
    if (this.#isAdvancing) throw new Error('Work on the clock must not advance the clock');
    this.#isAdvancing = true;
    try {
      for (let task = this.#tasks.popDue(time); task; task = this.#tasks.popDue(time)) {
        this.#current = Math.max(this.#current, task.due);
        task.work();
      }
    } finally {
      this.#isAdvancing = false;
      this.#current = Math.max(this.#current, time);
    }
  }

  /** When the next piece of work is due, or undefined when there is none. */
  nextDue(): number | undefined {
    return this.#tasks.peek()?.due;
  }

  follow(): void {
    this.#isFollowing = true;
    this.#arm();
  }

  stop(): void {
    this.#isFollowing = false;
    clearTimeout(this.#timer);
  }

  #exactNow(): number {
    return this.#isFollowing && !this.#isAdvancing ? Math.max(this.#current, Date.now()) : this.#current;
  }

  #arm(): void {
    const next = this.nextDue();
    if (!this.#isFollowing || this.#isAdvancing || next === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        try {
          this.advanceTo(Date.now());
        } finally {
          this.#arm();
        }
      },
      Math.min(TIMER_MAX_MS, Math.max(0, Math.ceil(next - Date.now()))),
    );
  }
}

class TaskHeap {
  readonly #items: Task[] = [];

  peek(): Task | undefined {
    return this.#items[0];
  }

  push(task: Task): void {
    const items = this.#items;
    let index = items.push(task) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (isBefore(items[parent], task)) break;
      this.#move(parent, index);
      index = parent;
    }
    items[index] = task;
  }

  popDue(time: number): Task | undefined {
    const items = this.#items;
    const first = items[0];
    if (!first || first.due > time) return undefined;
    const last = items.pop();
    if (last && items.length > 0) this.#sink(last);
    return first;
  }

  #sink(task: Task): void {
    const items = this.#items;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const child = left + 1 < items.length && isBefore(items[left + 1], items[left]) ? left + 1 : left;
      if (child >= items.length || isBefore(task, items[child])) break;
      this.#move(child, index);
      index = child;
    }
    items[index] = task;
  }

  #move(from: number, to: number): void {
    const task = this.#items[from];
    if (task) this.#items[to] = task;
  }
}

function isBefore(a: Task | undefined, b: Task | undefined): boolean {
  if (!a || !b) return a !== undefined;
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}
