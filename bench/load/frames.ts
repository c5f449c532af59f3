import type { Participant } from '../../src/simulator/callcontrol/participant.ts';

/** Two legs a call; each frame concerns one leg, in turn. */
export const LEGS = 40;
const FIRST_DN = 101;
const FIRST_LEG = 8001;
const FIRST_CALL = 1201;
/** Ten digits from the first to the last, so that a frame is made by writing digits into a copy. */
const FIRST_SEQUENCE = 1_000_000_001;
const DIGITS = 10;
const TEXT_FRAME = 0x81;
const LENGTH_IN_16_BITS = 126;
const HEAD_BYTES = 4;
/** What a leg's other party is called, long enough for events of about 600 bytes. */
const NAME = 'Featherstonehaugh-Montgomery, Wilhelmina Alexandra (Accounts, second floor)';

/** All legs of the played PBX: internal calls that stay connected, so that an event repeats what is known. */
export const PARTICIPANTS: readonly Participant[] = Array.from({ length: LEGS }, (_, index) =>
  participant(index),
);

/** The n-th frame of the upstream, as its socket sends it, whole: an upsert that carries the leg. */
export class FrameMaker {
  readonly #templates = PARTICIPANTS.map(template);
  #made = 0;

  get made(): number {
    return this.#made;
  }

  /** Many in one buffer, for one write. */
  next(count: number): Buffer {
    const wanted = Array.from({ length: count }, (_, index) => this.#templateOf(this.#made + index));
    const bytes = Buffer.concat(wanted);
    let at = 0;
    for (const one of wanted) {
      writeDigits(bytes, at + HEAD_BYTES + '{"sequence":'.length, FIRST_SEQUENCE + this.#made);
      this.#made += 1;
      at += one.length;
    }
    return bytes;
  }

  #templateOf(index: number): Buffer {
    return this.#templates[index % LEGS] ?? Buffer.alloc(0);
  }
}

/** The DN that the n-th frame concerns. */
export function dnOf(index: number): string {
  return String(FIRST_DN + (index % LEGS));
}

function participant(index: number): Participant {
  const partner = FIRST_DN + (index ^ 1);
  return {
    id: FIRST_LEG + index,
    status: 'Connected',
    dn: String(FIRST_DN + index),
    party_caller_name: NAME,
    party_dn: String(partner),
    party_caller_id: String(partner),
    party_did: '',
    device_id: `sip:${FIRST_DN + index}@127.0.0.1:5060`,
    party_dn_type: 'Wextension',
    direct_control: false,
    originated_by_dn: '',
    originated_by_type: 'None',
    referred_by_dn: '',
    referred_by_type: 'None',
    on_behalf_of_dn: '',
    on_behalf_of_type: 'None',
    callid: FIRST_CALL + (index >> 1),
    legid: 1 + (index & 1),
  };
}

function template(leg: Participant): Buffer {
  const event = {
    event_type: 0,
    entity: `/callcontrol/${leg.dn}/participants/${leg.id}`,
    attached_data: leg,
  };
  const text = Buffer.from(JSON.stringify({ sequence: FIRST_SEQUENCE, event }));
  const head = Buffer.from([TEXT_FRAME, LENGTH_IN_16_BITS, text.length >> 8, text.length & 0xff]);
  return Buffer.concat([head, text]);
}

function writeDigits(bytes: Buffer, at: number, value: number): void {
  let left = value;
  for (let place = at + DIGITS - 1; place >= at; place--) {
    bytes[place] = 0x30 + (left % 10);
    left = Math.floor(left / 10);
  }
}
