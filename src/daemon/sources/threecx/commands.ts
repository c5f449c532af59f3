import { AppError } from '../../../shared/errors.ts';
import type { CallCommands, CallHandle, CommandOutcome } from '../../core/ports.ts';
import { masked } from './http/answer-faults.ts';
import { PbxError, type PbxFault } from './http/pbx-error.ts';
import type { XapiClient } from './http/xapi-client.ts';
import { parseDevices, parseOutcome } from './messages.ts';

interface CommandParts {
  client: XapiClient;
  signal: AbortSignal;
  /** What the token says of our rights; null when it says nothing. */
  roles: () => readonly string[] | null;
}

type Leg = CallHandle['legs'][number];

/** 3CX: how long the other side is tried. */
const RING_SECONDS = 30;
const DIALLABLE = /^[+*#0-9A-Za-z._-]{1,64}$/;
/** 3CX: the role that a token has where call control is licensed. */
const LICENSED = 'Enterprise';
/** After these the PBX may have done it all the same. */
const UNDECIDED = new Set<PbxFault>(['timeout', 'unreachable', 'server', 'notJson']);
/** 3CX: result words of the guides, numbers of the vendor's sample: -1 failed, 0 pending, 1 done. */
const FAILED = new Set(['failed', 'failure', 'error', 'timeout', '-1']);

/** Commands over call control's REST. Never repeated: what was not answered may have been done. */
export class ThreeCxCommands implements CallCommands {
  readonly #parts: CommandParts;

  constructor(parts: CommandParts) {
    this.#parts = parts;
  }

  async makeCall({ from, to }: { from: string; to: string }): Promise<CommandOutcome> {
    const dn = encodeURIComponent(diallable(from, 'from'));
    const destination = diallable(to, 'to');
    const device = await this.#deviceOf(dn);
    const path = device === null ? 'makecall' : `devices/${encodeURIComponent(device)}/makecall`;
    return this.#post(`/callcontrol/${dn}/${path}`, { destination, timeout: RING_SECONDS, reason: 'None' });
  }

  async drop(call: CallHandle): Promise<CommandOutcome> {
    const leg = legIn(call, ['connected', 'held']) ?? legIn(call, ['ringing']) ?? legIn(call, ['dialing']);
    if (leg) return this.#act(leg, 'drop');
    // A call that no phone of ours shows: in a queue, a menu.
    const id = Number(call.sourceCallId);
    if (!Number.isSafeInteger(id)) throw noLeg('hung up');
    return this.#post(`/xapi/v1/ActiveCalls(${id})/Pbx.DropCall`, {});
  }

  async answer(call: CallHandle): Promise<CommandOutcome> {
    return this.#act(needed(legIn(call, ['ringing']), 'answered: none of its phones rings'), 'answer');
  }

  async divert(call: CallHandle, to: string): Promise<CommandOutcome> {
    const leg = needed(legIn(call, ['ringing']), 'diverted: none of its phones rings');
    return this.#act(leg, 'divert', to);
  }

  async transfer(call: CallHandle, to: string): Promise<CommandOutcome> {
    const leg = needed(legIn(call, ['connected', 'held']), 'transferred: nobody has answered it yet');
    return this.#act(leg, 'transferto', to);
  }

  async #act({ dn, id }: Leg, action: string, to?: string): Promise<CommandOutcome> {
    const path = `/callcontrol/${encodeURIComponent(dn)}/participants/${encodeURIComponent(id)}/${action}`;
    const target =
      to === undefined ? {} : { destination: diallable(to, 'to'), timeout: RING_SECONDS, reason: 'None' };
    return this.#post(path, target);
  }

  async #deviceOf(dn: string): Promise<string | null> {
    const { client, signal } = this.#parts;
    const path = `/callcontrol/${dn}/devices`;
    const devices = parseDevices(await this.#licensed(() => client.get(path, { signal, isUrgent: true })));
    return devices[0]?.device_id ?? null;
  }

  async #post(path: string, body: unknown): Promise<CommandOutcome> {
    const { client, signal } = this.#parts;
    const outcome = parseOutcome(await this.#sent(() => client.post(path, body, { signal, isUrgent: true })));
    const { finalstatus, reason, reasontext, result } = outcome;
    const status = String(finalstatus ?? '');
    const words = [status, reason, reasontext].filter(word => word !== '' && word !== 'None').join(': ');
    const said = masked(words === '' ? 'accepted' : words);
    if (FAILED.has(status.toLowerCase())) {
      throw new AppError('E_REFUSED_BY_PBX', { detail: `The phone system refused: ${said}.` });
    }
    const callId = result?.callid ?? null;
    return { accepted: true, reason: said, sourceCallId: callId === null ? null : String(callId) };
  }

  /** A PBX without the licence cannot do it at all, whoever asks. */
  async #licensed(send: () => Promise<unknown>): Promise<unknown> {
    try {
      return await send();
    } catch (error) {
      const isForbidden = error instanceof PbxError && error.fault === 'forbidden';
      if (!isForbidden || this.#parts.roles()?.includes(LICENSED) !== false) throw error;
      throw new AppError('E_NOT_SUPPORTED', { detail: error.detail });
    }
  }

  async #sent(send: () => Promise<unknown>): Promise<unknown> {
    try {
      return await this.#licensed(send);
    } catch (error) {
      if (!(error instanceof PbxError && UNDECIDED.has(error.fault))) throw error;
      const detail = `${error.detail} Whether it was done is not known: look at the call before you try again.`;
      throw new PbxError({ fault: error.fault, detail });
    }
  }
}

function legIn({ legs }: CallHandle, states: string[]): Leg | undefined {
  return legs.find(leg => states.includes(leg.state));
}

function needed(leg: Leg | undefined, what: string): Leg {
  if (!leg) throw noLeg(what);
  return leg;
}

function noLeg(what: string): AppError {
  return new AppError('E_CONFLICT', {
    detail: `The call cannot be ${what}. Read it again and see its legs.`,
  });
}

function diallable(number: string, name: string): string {
  if (DIALLABLE.test(number)) return number;
  const detail = `"${name}" is no number that can be dialled: up to 64 of digits, letters and + * # . _ - are.`;
  throw new AppError('E_BAD_REQUEST', { detail });
}
