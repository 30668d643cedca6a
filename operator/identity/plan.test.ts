import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdmissionRecord } from '@flotilla/contracts/access/admission-record.ts';
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import type { AccountClaims } from '@flotilla/runtime/identity/principal-account.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { CLOSED, type Known, planIdentity, type Wanted } from './plan.ts';

const AGENT = { role: 'SignalAgent', portfolio: 'main', strategy: 'btc' } as const;
const claimsOf = (principal: Principal, account: string, content = 'rights'): AccountClaims => ({
  principal,
  account,
  content,
  sign: () => '',
});
const wanted: readonly Wanted[] = [
  { claims: claimsOf({ role: 'Reader' }, 'READER'), entry: 'flotilla-reader' },
  { claims: claimsOf(AGENT, 'AGENT'), entry: 'btc-agent' },
];
const NOW_MS = 1_800_000_000_000;
const AT = formatTime(NOW_MS);
const record = (account: string, principal: string, closed = false): AdmissionRecord => ({ schemaVersion: 1, account, principal, closed });
const agentRecord = (account: string, principal: string, more: Partial<AdmissionRecord> = {}): AdmissionRecord => ({
  ...record(account, principal),
  publications: 'Deliver',
  ...more,
});
const opened = { kind: 'Opened', at: AT, settled: false } as const;
const closed = { kind: 'Closed', from: 'Deliver', at: AT, settled: false } as const;
const settled: Known = {
  pushed: new Map([
    ['READER', 'rights'],
    ['AGENT', 'rights'],
  ]),
  nowMs: NOW_MS,
  records: new Map([
    ['flotilla-reader', record('READER', 'reader')],
    ['btc-agent', record('AGENT', 'agent-main_btc')],
  ]),
};
const NOTHING = { close: [], push: [], write: [] };

test('planIdentity: plans nothing, when all is as it should be', () => {
  assert.deepEqual(planIdentity('trading', wanted, settled), NOTHING);
});

test('planIdentity: pushes every account at the start, and those that ask last', () => {
  const { push, write } = planIdentity('trading', wanted, { pushed: new Map(), records: new Map(), nowMs: NOW_MS });
  assert.deepEqual(
    push.map(({ account }) => account),
    ['AGENT', 'READER'],
  );
  assert.deepEqual(
    write.map(({ entry }) => entry),
    ['flotilla-reader', 'btc-agent'],
  );
});

test('planIdentity: pushes an account again, when its rights changed', () => {
  const [reader] = wanted;
  assert.ok(reader !== undefined);
  const changed = [reader, { claims: claimsOf(AGENT, 'AGENT', 'fewer rights'), entry: 'btc-agent' }];
  const plan = planIdentity('trading', changed, settled);
  assert.deepEqual({ ...plan, push: plan.push.map(({ account }) => account) }, { ...NOTHING, push: ['AGENT'] });
});

test('planIdentity: closes the account and the record of a principal that is gone, once', () => {
  const [reader] = wanted;
  assert.ok(reader !== undefined);
  const { close, push, write } = planIdentity('trading', [reader], settled);
  assert.deepEqual(close, [{ account: 'AGENT', name: 'trading/agent-main_btc' }]);
  assert.deepEqual(push, []);
  assert.deepEqual(write, [{ entry: 'btc-agent', record: { ...record('AGENT', 'agent-main_btc', true), change: closed } }]);
  const pushed = new Map([...settled.pushed, ['AGENT', CLOSED]]);
  const records = new Map([...settled.records, ['btc-agent', record('AGENT', 'agent-main_btc', true)]]);
  assert.deepEqual(planIdentity('trading', [reader], { pushed, records, nowMs: NOW_MS }), NOTHING);
});

test('planIdentity: closes an account again after a start, because a server that was away may have forgotten', () => {
  const [reader] = wanted;
  assert.ok(reader !== undefined);
  const records = new Map([...settled.records, ['btc-agent', record('AGENT', 'agent-main_btc', true)]]);
  const { close } = planIdentity('trading', [reader], { pushed: new Map([['READER', 'rights']]), records, nowMs: NOW_MS });
  assert.deepEqual(close, [{ account: 'AGENT', name: 'trading/agent-main_btc' }]);
});

const PERSON = { role: 'Person', person: 'alice', personRole: 'Reader' } as const;
const personWanted = (uid: string, personRole: 'Reader' | 'Replayer' = 'Reader'): Wanted => ({
  claims: claimsOf({ ...PERSON, personRole }, 'ALICE', personRole),
  entry: 'flotilla-person-alice',
  serviceAccountUid: uid,
});
const personKnown = (personRole: 'Reader' | 'Replayer' = 'Reader'): Known => ({
  pushed: new Map([['ALICE', personRole]]),
  nowMs: NOW_MS,
  records: new Map([['flotilla-person-alice', { ...record('ALICE', 'person-alice'), personRole, serviceAccountUid: 'u1' }]]),
});

test('planIdentity: plans nothing for a person who is as before', () => {
  assert.deepEqual(planIdentity('trading', [personWanted('u1')], personKnown()), NOTHING);
});

test('planIdentity: closes and opens the account of a person whose ServiceAccount was deleted and created again', () => {
  const { close, push, write } = planIdentity('trading', [personWanted('u2')], personKnown());
  assert.deepEqual(close, [{ account: 'ALICE', name: 'trading/person-alice' }]);
  assert.deepEqual(
    push.map(({ account }) => account),
    ['ALICE'],
  );
  assert.deepEqual(
    write.map((each) => [each.record.closed, each.record.serviceAccountUid, each.record.change?.kind]),
    [[false, 'u2', 'Opened']],
  );
});

test('planIdentity: tells a wider and a narrower role of a person', () => {
  const kindOf = (before: 'Reader' | 'Replayer', after: 'Reader' | 'Replayer') =>
    planIdentity('trading', [personWanted('u1', after)], personKnown(before)).write.map((each) => each.record.change?.kind);
  assert.deepEqual(kindOf('Reader', 'Replayer'), ['Widened']);
  assert.deepEqual(kindOf('Replayer', 'Reader'), ['Narrowed']);
});

test('planIdentity: opens an account again, when its principal is back', () => {
  const pushed = new Map([...settled.pushed, ['AGENT', CLOSED]]);
  const records = new Map([...settled.records, ['btc-agent', record('AGENT', 'agent-main_btc', true)]]);
  const { close, push, write } = planIdentity('trading', wanted, { pushed, records, nowMs: NOW_MS });
  assert.deepEqual(close, []);
  assert.deepEqual(
    push.map(({ account }) => account),
    ['AGENT'],
  );
  assert.deepEqual(write, [{ entry: 'btc-agent', record: agentRecord('AGENT', 'agent-main_btc', { change: opened }) }]);
});

test('planIdentity: closes the account before, when a ServiceAccount proves another principal now', () => {
  const [reader] = wanted;
  assert.ok(reader !== undefined);
  const moved = [reader, { claims: claimsOf({ ...AGENT, portfolio: 'other' }, 'MOVED'), entry: 'btc-agent' }];
  const { close, write } = planIdentity('trading', moved, settled);
  assert.deepEqual(close, [{ account: 'AGENT', name: 'trading/agent-main_btc' }]);
  assert.deepEqual(write, [{ entry: 'btc-agent', record: agentRecord('MOVED', 'agent-other_btc', { change: opened }) }]);
});

test('planIdentity: notes what an AgentRole takes away and gives back, and asks for a fence each time', () => {
  const [reader] = wanted;
  assert.ok(reader !== undefined);
  const under = (publications: AdmissionRecord['publications'], before: AdmissionRecord | undefined) => {
    const member = {
      claims: claimsOf(publications === undefined ? AGENT : { ...AGENT, publications }, 'AGENT'),
      entry: 'btc-agent',
    };
    const records = new Map([...settled.records].filter(([name]) => name !== 'btc-agent'));
    if (before !== undefined) records.set('btc-agent', before);
    return planIdentity('trading', [reader, member], { ...settled, records }).write[0]?.record.change;
  };
  const found = (publications: AdmissionRecord['publications'] = 'Deliver') => agentRecord('AGENT', 'agent-main_btc', { publications });
  const change = { at: AT, settled: false };
  const cases = [
    ['takes decisions away', under('Nothing', found()), { ...change, kind: 'Narrowed', from: 'Deliver' }],
    ['diverts decisions', under('Quarantine', found()), { ...change, kind: 'Narrowed', from: 'Deliver' }],
    ['takes diverted decisions away', under('Nothing', found('Quarantine')), { ...change, kind: 'Narrowed', from: 'Quarantine' }],
    ['diverts what was taken away', under('Quarantine', found('Nothing')), { ...change, kind: 'Widened', from: 'Nothing' }],
    ['gives back', under('Deliver', found('Quarantine')), { ...change, kind: 'Widened', from: 'Quarantine' }],
    ['a record of an older version', under('Nothing', record('AGENT', 'agent-main_btc')), { ...change, kind: 'Narrowed', from: 'Deliver' }],
    ['a record of an older version, nothing taken', under('Deliver', record('AGENT', 'agent-main_btc')), undefined],
    ['a new agent', under('Nothing', undefined), { ...change, kind: 'Opened' }],
    ['no change', under(undefined, found()), undefined],
  ] as const;
  for (const [reason, planned, want] of cases) assert.deepEqual(planned, want, reason);
});

test('planIdentity: gives the second audience of a ServiceAccount a record of its own, and closes both accounts when the gateway is gone', () => {
  const AUDIENCE = 'flotilla-bus-normaliser';
  const both: readonly Wanted[] = [
    { claims: claimsOf({ role: 'Gateway' }, 'GATEWAY'), entry: 'flotilla-gateway' },
    { claims: claimsOf({ role: 'Normaliser' }, 'NORMALISER'), entry: `flotilla-gateway.${AUDIENCE}`, audience: AUDIENCE },
  ];
  const { write } = planIdentity('trading', both, { pushed: new Map(), records: new Map(), nowMs: NOW_MS });
  assert.deepEqual(write, [
    { entry: 'flotilla-gateway', record: { ...record('GATEWAY', 'gateway'), change: opened } },
    { entry: `flotilla-gateway.${AUDIENCE}`, record: { ...record('NORMALISER', 'normaliser'), audience: AUDIENCE, change: opened } },
  ]);
  const known: Known = {
    pushed: new Map(both.map(({ claims }) => [claims.account, claims.content])),
    records: new Map(write.map((each) => [each.entry, each.record])),
    nowMs: NOW_MS,
  };
  assert.deepEqual(planIdentity('trading', both, known), NOTHING);
  const gone = planIdentity('trading', [], known);
  assert.deepEqual(gone.close, [
    { account: 'GATEWAY', name: 'trading/gateway' },
    { account: 'NORMALISER', name: 'trading/normaliser' },
  ]);
  assert.deepEqual(
    gone.write.map(({ entry, record: { closed: isClosed, audience } }) => [entry, isClosed, audience]),
    [
      ['flotilla-gateway', true, undefined],
      [`flotilla-gateway.${AUDIENCE}`, true, AUDIENCE],
    ],
  );
});
