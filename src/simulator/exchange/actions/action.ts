/**
 * Everything that can happen at the exchange, in the words stories are written in. `call` is the story's name
 * for a call, `by`, `dn` and `to` are numbers. An action whose call or leg is gone does nothing and returns false.
 */
export type Action =
  /** Somebody outside dials one of the company's numbers. */
  | { do: 'dialIn'; call: string; from: string; name?: string; did: string }
  /** An extension dials a colleague or, when the number is nobody's here, the outside world. */
  | { do: 'dial'; call: string; by: string; to: string }
  /** The PBX sends the call to its next place: by its rule, after a menu, or because the last place refused. */
  | { do: 'route'; call: string; to: string; because?: 'forward_all' | 'user_requested' }
  /** One more phone rings for the same call; whoever answers first has it. */
  | { do: 'fork'; call: string; to: string }
  /** A queue or ring group offers the call it holds to some of its members. */
  | { do: 'poll'; call: string; dns: string[] }
  | { do: 'giveUp'; call: string; dn: string; because: 'no_answer' | 'busy' | 'declined' | 'not_registered' }
  /** Without `dn`: the party outside answers. */
  | { do: 'answer'; call: string; dn?: string }
  | { do: 'pickup'; call: string; by: string }
  | { do: 'transfer'; call: string; by: string; to: string }
  /** The second half of an attended transfer: `by` connects its two calls and leaves. */
  | { do: 'join'; call: string; with: string; by: string; survivor?: 'original' | 'consult' }
  | { do: 'hangUp'; call: string; by: 'caller' | 'callee' | (string & {}) }
  | { do: 'press'; call: string; digits: string }
  /** The PBX reports a leg again though nothing changed; putting a call on hold looks just like this. */
  | { do: 'repeat'; call: string; dn: string }
  /** The service restarts. Gracefully it closes its records first; otherwise they are lost. */
  | { do: 'restart'; graceful?: boolean };

export type ActionOf<Name extends Action['do']> = Extract<Action, { do: Name }>;
