import type { CheckReport, DoctorReport } from '../../shared/conditions/doctor-report.ts';

export type OnCheck = (report: CheckReport) => void;

interface Running {
  report: Promise<DoctorReport>;
  done: CheckReport[];
  listeners: Set<OnCheck>;
}

/** One at a time: whoever asks while it runs gets what is done already, and the rest as it comes. */
export class Examination {
  readonly #work: (onCheck: OnCheck) => Promise<DoctorReport>;
  #running: Running | null = null;

  constructor(work: (onCheck: OnCheck) => Promise<DoctorReport>) {
    this.#work = work;
  }

  async run(onCheck: OnCheck = () => {}): Promise<DoctorReport> {
    const running = this.#running ?? this.#begin();
    for (const check of running.done) onCheck(check);
    running.listeners.add(onCheck);
    return running.report;
  }

  #begin(): Running {
    const done: CheckReport[] = [];
    const listeners = new Set<OnCheck>();
    const report = this.#work(check => {
      done.push(check);
      for (const listener of listeners) listener(check);
    }).finally(() => {
      this.#running = null;
    });
    const running = { report, done, listeners };
    this.#running = running;
    return running;
  }
}
