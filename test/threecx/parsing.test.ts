import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDeeperThan, parseJson } from '../../src/daemon/sources/threecx/bounded-json.ts';
import { masked } from '../../src/daemon/sources/threecx/http/answer-faults.ts';
import { tokenOf } from '../../src/daemon/sources/threecx/http/token-answer.ts';
import {
  parseActiveCalls,
  parseDnList,
  parseFrame,
  parseParticipant,
} from '../../src/daemon/sources/threecx/messages.ts';
import {
  type DnLookup,
  legFactOf,
  listedCallOf,
  listedParty,
} from '../../src/daemon/sources/threecx/normalise.ts';
import { checkedUrl } from '../../src/daemon/sources/threecx/options.ts';
import { backoffDelay } from '../../src/shared/backoff.ts';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const nobody: DnLookup = () => undefined;

const participant = {
  ...{ id: 8106, status: 'Ringing', dn: '101', party_caller_name: '+442079460101', party_dn: '10001' },
  ...{ party_caller_id: '+442079460101', party_did: '', device_id: 'sip:101@127.0.0.1:5483;rinstance=ab12' },
  ...{ party_dn_type: 'Wexternalline', direct_control: false, originated_by_dn: 'ROUTER' },
  ...{ originated_by_type: 'Wroutepoint', referred_by_dn: '', referred_by_type: 'None', on_behalf_of_dn: '' },
  ...{ on_behalf_of_type: 'None', callid: 1264, legid: 4 },
};

describe('JSON', () => {
  it('is refused when nested more than 20 deep, in linear time', () => {
    expect(parseJson(nested(20))).toEqual(JSON.parse(nested(20)));
    const beganAt = performance.now();
    expect(() => parseJson(nested(5_000_000))).toThrow('more than 20 deep');
    expect(performance.now() - beganAt).toBeLessThan(500);
  });

  it('has no depth in its strings', () => {
    expect(isDeeperThan(JSON.stringify(`"\\"${nested(30)}\\`), 0)).toBe(false);
  });

  it('is measured like it is nested, whatever stands in it', () => {
    const depthOf = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), value => {
        const text = JSON.stringify(value);
        const depth = depthOf(JSON.parse(text));
        expect(isDeeperThan(text, depth)).toBe(false);
        if (depth > 0) expect(isDeeperThan(text, depth - 1)).toBe(true);
      }),
    );
  });
});

describe('a frame', () => {
  const event = { event_type: 0, entity: '/callcontrol/101/participants/8106', attached_data: null };

  it('is read whatever the casing of its envelope', () => {
    const answer = {
      Sequence: 3,
      Event: { Event_Type: 4, Entity: '/callcontrol', Attached_Data: { RequestID: '1' } },
    };
    expect(parseFrame(JSON.stringify(answer))).toMatchObject({
      sequence: 3,
      eventType: 4,
      entity: '/callcontrol',
    });
    expect(parseFrame(JSON.stringify({ sequence: 15, event }))).toMatchObject({
      eventType: 0,
      entity: event.entity,
    });
  });

  it.each(['', '[]', '7', '{}', '{"event":{}}', '{"event":[]}', '{"sequence":1,"event":{"event_ty'])(
    'is none: %j',
    text => {
      expect(() => parseFrame(text)).toThrow();
    },
  );

  it('is a frame or a ProtocolError, never anything else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), text => {
        try {
          parseFrame(text);
        } catch (error) {
          expect(error).toMatchObject({ name: 'ProtocolError' });
        }
      }),
    );
  });

  it("tells no value in its error: it may be somebody's number", () => {
    const text = JSON.stringify({ event: { event_type: '+442079460101', entity: event.entity } });
    expect(() => parseFrame(text)).toThrow(/^((?!7946).)*$/);
  });
});

describe('a leg', () => {
  const fact = (changes: object, past?: Parameters<typeof legFactOf>[1]['past']) =>
    legFactOf(parseParticipant({ ...participant, ...changes }), { lookup: nobody, past });

  it('comes from the trunk with the number outside', () => {
    expect(fact({}).leg).toMatchObject({
      ...{ sourceCallId: '1264', legId: '8106', state: 'ringing', role: 'callee' },
      own: { number: '101', dn: '101' },
      other: { number: '+442079460101', name: '', dn: '10001', kind: 'trunk' },
    });
  });

  it.each([
    [{ status: 'Dialing', legid: 1, originated_by_dn: '' }, 'caller'],
    [{ status: 'Dialing', legid: 7 }, 'caller'],
    [{ status: 'Connected', legid: 1, originated_by_dn: '' }, 'caller'],
    [{ status: 'Connected', legid: 1, originated_by_dn: 'ROUTER' }, 'callee'],
    [{ status: 'Connected', legid: 2, originated_by_dn: '' }, 'callee'],
    [{ status: 'Ringing', legid: 1, originated_by_dn: '' }, 'callee'],
    [{ status: 'Connected', legid: null, originated_by_dn: '' }, 'callee'],
  ])('%j is the %s', (changes, role) => {
    expect(fact(changes).leg.role).toBe(role);
  });

  it('keeps its part and its state when 3CX uses a word we do not know', () => {
    const { leg, unknownStatus } = fact({ status: 'Parked' }, { role: 'caller', state: 'connected' });
    expect({ leg, unknownStatus }).toMatchObject({
      leg: { role: 'caller', state: 'connected' },
      unknownStatus: 'Parked',
    });
  });

  it.each([
    ['Wextension', 'extension'],
    ['Wqueue', 'queue'],
    ['Wroutepoint', 'routepoint'],
    ['Wivr', 'menu'],
    ['Wspecialmenu', 'voicemail'],
    ['Wsomethingnew', 'unknown'],
    ['None', 'unknown'],
  ])('party %s is a %s', (type, kind) => {
    expect(fact({ party_dn_type: type }).leg.other.kind).toBe(kind);
  });

  it('keeps anonymous as it is, takes the dialled number and the queue where they are given', () => {
    const hints = {
      party_caller_id: 'anonymous',
      party_did: '+442079460200',
      on_behalf_of_dn: '900',
      on_behalf_of_type: 'Wqueue',
    };
    expect(fact(hints).leg).toMatchObject({
      other: { number: 'anonymous' },
      did: '+442079460200',
      queue: '900',
    });
  });

  it('may have more fields, and lack those we can do without', () => {
    expect(parseParticipant({ ...participant, participant_uid: 'x', more: {} }).id).toBe(8106);
    expect(parseParticipant({ id: '5', status: 'Ringing', dn: 101, callid: '7' })).toMatchObject({
      id: 5,
      dn: '101',
    });
    for (const field of ['id', 'callid', 'dn', 'status']) {
      expect(() => parseParticipant({ ...participant, [field]: null })).toThrow('participant');
    }
    expect(parseParticipant({ ...participant, party_caller_name: null }).party_caller_name).toBe('');
    expect(
      parseDnList([{ dn: '900', type: 'Wqueue', devices: null, participants: null }])[0]?.participants,
    ).toEqual([]);
  });
});

describe('a row of ActiveCalls', () => {
  const known: DnLookup = dn =>
    dn === '101' ? { kind: 'extension', name: '' } : dn === '900' ? { kind: 'queue', name: '' } : undefined;

  it.each([
    ['10001 +442079460101', { number: '+442079460101', name: '', dn: '10001', kind: 'trunk' }],
    [
      '10001 +442079460101 Some Body',
      { number: '+442079460101', name: 'Some Body', dn: '10001', kind: 'trunk' },
    ],
    ['10001 anonymous', { number: 'anonymous', name: '', dn: '10001', kind: 'trunk' }],
    ['101 Test, Ada', { number: '101', name: 'Test, Ada', dn: '101', kind: 'extension' }],
    ['900 Sales', { number: '900', name: 'Sales', dn: '900', kind: 'queue' }],
    ['+442079460200 Main line', { number: '+442079460200', name: 'Main line', dn: '', kind: 'unknown' }],
    ['999 Voicemail', { number: '999', name: 'Voicemail', dn: '999', kind: 'voicemail' }],
    ['888', { number: '888', name: '', dn: '888', kind: 'unknown' }],
  ])('%s', (shown, party) => {
    expect(listedParty(shown, known)).toEqual(party);
  });

  it("is as old as the PBX's own clock says, wherever ours stands", () => {
    const [row] = parseActiveCalls([
      {
        Id: 1265,
        Caller: '10001 +442079460101',
        Callee: '101 Test, Ada',
        Status: 'Talking',
        LastChangeStatus: '2025-10-14T09:31:07.000Z',
        EstablishedAt: '2025-10-14T09:31:07.000Z',
        ServerNow: '2025-10-14T09:32:00.000Z',
      },
    ]);
    if (!row) throw new Error('no row');
    const { call } = listedCallOf(row, { lookup: known, now: 1_000_000 });
    expect(call).toMatchObject({ sourceCallId: '1265', isEstablished: true, startedAt: 1_000_000 - 53_000 });
  });

  it('without an id spoils the list: else its call would be told to be over', () => {
    expect(() => parseActiveCalls([{ Id: 1 }, { Caller: '101' }])).toThrow('active_calls');
  });
});

describe('the life of a token', () => {
  const jwt = (claims: object) => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`;
  const life = (answer: object) => tokenOf(JSON.stringify(answer), 5_000_000).lifetimeMs;

  it.each([
    [{ access_token: 'opaque', expires_in: 60 }, 3_600_000],
    [{ access_token: 'opaque', expires_in: 3600 }, 3_600_000],
    [{ access_token: 'opaque', expires_in: 300 }, 300_000],
    [{ access_token: 'opaque' }, 3_600_000],
    [{ access_token: jwt({ exp: 5000 + 900 }), expires_in: 60 }, 900_000],
    [{ access_token: jwt({ exp: 99_000, iat: 98_000 }), expires_in: 60 }, 1_000_000],
    [{ access_token: jwt({ exp: 1 }), expires_in: 60 }, 3_600_000],
    [{ access_token: 'a.%%%.b', expires_in: '60' }, 3_600_000],
  ])('%j', (answer, expected) => {
    expect(life(answer)).toBe(expected);
  });
});

describe('small print', () => {
  it('delays grow between their floor and their cap', () => {
    const delay = (attempt: number, chance: number) =>
      backoffDelay({ attempt, baseMs: 1000, capMs: 60_000, floorMs: 1000, random: () => chance });
    expect([1, 2, 3, 4, 7, 8, 1000].map(attempt => delay(attempt, 1))).toEqual([
      1000, 2000, 4000, 8000, 60_000, 60_000, 60_000,
    ]);
    expect(delay(50, 0)).toBe(1000);
    expect(backoffDelay({ attempt: 3, baseMs: 1000, capMs: 60_000, random: () => 0 })).toBe(0);
  });

  it('texts of the PBX are one line without whole numbers', () => {
    expect(masked('Number:\n+442079460101 busy, 101 too')).toBe('Number: …101 busy, 101 too');
  });

  it.each(['http://pbx.example.com', 'ftp://127.0.0.1', 'nonsense', 'http://127.0.0.1.example.com'])(
    '%s is no PBX_URL',
    pbxUrl => {
      expect(() => checkedUrl({ pbxUrl })).toThrow('E_CONFIG');
    },
  );

  it.each(['https://pbx.example.com:5001', 'http://127.0.0.1:5000', 'http://[::1]:5000', 'http://localhost'])(
    '%s is one',
    pbxUrl => {
      expect(checkedUrl({ pbxUrl }).href).toContain(pbxUrl);
    },
  );
});
