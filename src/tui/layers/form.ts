import type { Press } from '../actions/press.ts';
import type { Dashboard, Hint, Layer } from '../dashboard.ts';
import { complaintOf } from '../text/complaint.ts';
import type { Area, Line, Span } from '../text/line.ts';
import { linesOfText } from '../text/paragraph.ts';
import { Field, fieldSpans } from './field.ts';

export interface FormField {
  name: string;
  label: string;
  /** What may stand there, and what it means when nothing does. */
  hint: string;
  value?: string;
  /** Not to be seen, and taken as it is. */
  isSecret?: true;
  /** One of these; with `many`, any of them. Changed with left, right and space. */
  choices?: readonly string[];
  many?: true;
  /** Why it cannot be so; null when it can. */
  fault?(value: string): string | null;
}

interface FormOptions {
  name: string;
  intro?: string;
  fields: readonly FormField[];
  submit: string;
  /** What it throws is shown, and the form stays as it is. */
  onSubmit(values: Record<string, string>): Promise<void>;
}

const LABEL_GAP = 2;
const LEAVING = 'What was written is lost. Esc again leaves, any other key stays.';

/** A field while it is written into; `cursor` is the choice one stands on. */
interface Writing {
  about: FormField;
  field: Field;
  cursor: { at: number };
}

/** A few fields, one below the other. */
export class Form implements Layer {
  readonly name: string;
  readonly place = 'box';
  readonly #options: FormOptions;
  readonly #fields: readonly Writing[];
  readonly #labelWidth: number;
  #at = 0;
  #complaint: string | null = null;
  #isBusy = false;
  #isTouched = false;
  #isLeaving = false;

  constructor(options: FormOptions) {
    this.name = options.name;
    this.#options = options;
    this.#fields = options.fields.map(about => ({
      about,
      field: new Field(about.value ?? (about.many ? '' : (about.choices?.[0] ?? '')), about),
      cursor: { at: Math.max(0, about.choices?.indexOf(about.value ?? '') ?? 0) },
    }));
    this.#labelWidth = Math.max(...options.fields.map(({ label }) => label.length)) + LABEL_GAP;
  }

  hints(): readonly Hint[] {
    if (this.#isBusy) return [['', 'working']];
    const choices = this.#fields[this.#at]?.about.choices;
    return [
      ['enter', this.#at === this.#fields.length - 1 ? this.#options.submit : 'next'],
      ['tab', 'next field'],
      ...(choices ? ([['space', 'choose']] as const) : []),
      ['escape', 'leave it'],
    ];
  }

  lines({ width }: Area): readonly Line[] {
    const { intro } = this.#options;
    const current = this.#fields[this.#at]?.about;
    const complaint = this.#complaint === null ? [] : linesOfText(this.#complaint, width, 'bad');
    return [
      ...(intro === undefined ? [] : [...linesOfText(intro, width), []]),
      ...this.#fields.map((field, place) => this.#fieldLine(field, { isHere: place === this.#at, width })),
      [],
      // Before the hint: in a low terminal the end of the box is not seen.
      ...(this.#isLeaving ? linesOfText(LEAVING, width, 'warn') : []),
      ...complaint,
      ...linesOfText(current?.hint ?? '', width, 'dim'),
    ];
  }

  press(press: Press, dashboard: Dashboard): void {
    if (this.#isBusy) return;
    const { key } = press;
    const last = this.#fields.length - 1;
    if (key === 'escape') return this.#leave(dashboard);
    this.#isLeaving = false;
    if (key === 'enter') {
      if (this.#at === last) void this.#submit(dashboard);
      else this.#at += 1;
    } else if (key === 'tab' || key === 'down') this.#at = this.#at === last ? 0 : this.#at + 1;
    else if (key === 'shift-tab' || key === 'up') this.#at = this.#at === 0 ? last : this.#at - 1;
    else this.#change(press);
    dashboard.publisher.now();
  }

  paste(text: string, dashboard: Dashboard): void {
    const current = this.#fields[this.#at];
    if (current === undefined || current.about.choices) return;
    current.field.write(current.about.isSecret ? text : text.trim());
    this.#complaint = current.field.lost;
    this.#isTouched = true;
    this.#isLeaving = false;
    dashboard.publisher.now();
  }

  #fieldLine({ about, field, cursor }: Writing, { isHere, width }: { isHere: boolean; width: number }): Line {
    const label: Span = [isHere ? 'strong' : 'dim', about.label.padEnd(this.#labelWidth)];
    if (about.choices)
      return [label, ...choiceSpans(about, { value: field.text, at: isHere ? cursor.at : -1 })];
    return isHere
      ? [label, ...fieldSpans(field, width - this.#labelWidth)]
      : [label, field.parts.join('').trimEnd()];
  }

  #change(press: Press): void {
    const current = this.#fields[this.#at];
    if (current === undefined) return;
    this.#complaint = null;
    const { about, field, cursor } = current;
    if (!about.choices) {
      if (field.press(press)) this.#isTouched = true;
      this.#complaint = field.lost;
      return;
    }
    const before = field.text;
    const { choices } = about;
    const step = { left: -1, right: 1 }[press.key] ?? 0;
    cursor.at = (cursor.at + step + choices.length) % choices.length;
    const value = choices[cursor.at] ?? '';
    if (about.many) {
      if (press.key === 'space') field.text = toggled(field.text, value, choices);
    } else if (step !== 0 || press.key === 'space') {
      if (press.key === 'space') cursor.at = (choices.indexOf(field.text) + 1) % choices.length;
      field.text = choices[cursor.at] ?? '';
    }
    if (field.text !== before) this.#isTouched = true;
  }

  #leave(dashboard: Dashboard): void {
    if (!this.#isTouched || this.#isLeaving) return dashboard.close(this);
    this.#isLeaving = true;
    dashboard.publisher.now();
  }

  async #submit(dashboard: Dashboard): Promise<void> {
    for (const [place, { about, field }] of this.#fields.entries()) {
      const fault = about.fault?.(field.text) ?? null;
      if (fault === null) continue;
      this.#complaint = `${about.label}: ${fault}`;
      this.#at = place;
      return dashboard.publisher.now();
    }
    this.#isBusy = true;
    this.#complaint = null;
    dashboard.publisher.now();
    try {
      const values = Object.fromEntries(this.#fields.map(({ about, field }) => [about.name, field.text]));
      await this.#options.onSubmit(values);
      dashboard.close(this);
    } catch (error) {
      this.#complaint = complaintOf(error);
    } finally {
      this.#isBusy = false;
      dashboard.publisher.now();
    }
  }
}

function choiceSpans(
  { choices = [], many }: FormField,
  { value, at }: { value: string; at: number },
): Span[] {
  const taken = value.split(',');
  return choices.flatMap((choice, place): Span[] => {
    const isTaken = taken.includes(choice);
    const mark = many ? (isTaken ? '[x] ' : '[ ] ') : isTaken ? '(o) ' : '( ) ';
    return [place === at ? ['chosen', `${mark}${choice}`] : `${mark}${choice}`, '  '];
  });
}

function toggled(value: string, one: string, choices: readonly string[]): string {
  const taken = new Set(value.split(',').filter(Boolean));
  if (!taken.delete(one)) taken.add(one);
  return choices.filter(choice => taken.has(choice)).join(',');
}
