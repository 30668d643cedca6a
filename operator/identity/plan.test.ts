import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdmissionRecord } from '@flotilla/contracts/access/admission-record.ts';
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import type { AccountClaims } from '@flotilla/runtime/identity/principal-account.ts';
import { CLOSED, type Known, planIdentity, type Wanted } from './plan.ts';

const AGENT = { role: 'SignalAgent', portfolio: 'main', strategy: 'btc' } as const;
const claimsOf = (principal: Principal, account: string, content = 'rights'): AccountClaims => ({
  principal,
  account,
  content,
  sign: () => '',
});
const wanted: readonly Wanted[] = [
  { claims: claimsOf({ role: 'Reader' }, 'READER'), serviceAccount: 'flotilla-reader' },
  { claims: claimsOf(AGENT, 'AGENT'), serviceAccount: 'btc-agent' },
];
const record = (account: string, principal: string, closed = false): AdmissionRecord => ({ schemaVersion: 1, account, principal, closed });
const settled: Known = {
  pushed: new Map([
    ['READER', 'rights'],
    ['AGENT', 'rights'],
  ]),
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
  const { push, write } = planIdentity('trading', wanted, { pushed: new Map(), records: new Map() });
  assert.deepEqual(
    push.map(({ account }) => account),
    ['AGENT', 'READER'],
  );
  assert.deepEqual(
    write.map(({ serviceAccount }) => serviceAccount),
    ['flotilla-reader', 'btc-agent'],
  );
});

test('planIdentity: pushes an account again, when its rights changed', () => {
  const [reader] = wanted;
  assert.ok(reader !== undefined);
  const changed = [reader, { claims: claimsOf(AGENT, 'AGENT', 'fewer rights'), serviceAccount: 'btc-agent' }];
  const plan = planIdentity('trading', changed, settled);
  assert.deepEqual({ ...plan, push: plan.push.map(({ account }) => account) }, { ...NOTHING, push: ['AGENT'] });
});

test('planIdentity: closes the account and the record of a principal that is gone, once', () => {
  const [reader] = wanted;
  assert.ok(reader !== undefined);
  const { close, push, write } = planIdentity('trading', [reader], settled);
  assert.deepEqual(close, [{ account: 'AGENT', name: 'trading/agent-main_btc' }]);
  assert.deepEqual(push, []);
  assert.deepEqual(write, [{ serviceAccount: 'btc-agent', record: record('AGENT', 'agent-main_btc', true) }]);
  const pushed = new Map([...settled.pushed, ['AGENT', CLOSED]]);
  const records = new Map([...settled.records, ['btc-agent', record('AGENT', 'agent-main_btc', true)]]);
  assert.deepEqual(planIdentity('trading', [reader], { pushed, records }), NOTHING);
});

test('planIdentity: closes an account again after a start, because a server that was away may have forgotten', () => {
  const [reader] = wanted;
  assert.ok(reader !== undefined);
  const records = new Map([...settled.records, ['btc-agent', record('AGENT', 'agent-main_btc', true)]]);
  const { close } = planIdentity('trading', [reader], { pushed: new Map([['READER', 'rights']]), records });
  assert.deepEqual(close, [{ account: 'AGENT', name: 'trading/agent-main_btc' }]);
});

test('planIdentity: opens an account again, when its principal is back', () => {
  const pushed = new Map([...settled.pushed, ['AGENT', CLOSED]]);
  const records = new Map([...settled.records, ['btc-agent', record('AGENT', 'agent-main_btc', true)]]);
  const { close, push, write } = planIdentity('trading', wanted, { pushed, records });
  assert.deepEqual(close, []);
  assert.deepEqual(
    push.map(({ account }) => account),
    ['AGENT'],
  );
  assert.deepEqual(write, [{ serviceAccount: 'btc-agent', record: record('AGENT', 'agent-main_btc') }]);
});

test('planIdentity: closes the account before, when a ServiceAccount proves another principal now', () => {
  const [reader] = wanted;
  assert.ok(reader !== undefined);
  const moved = [reader, { claims: claimsOf({ ...AGENT, portfolio: 'other' }, 'MOVED'), serviceAccount: 'btc-agent' }];
  const { close, write } = planIdentity('trading', moved, settled);
  assert.deepEqual(close, [{ account: 'AGENT', name: 'trading/agent-main_btc' }]);
  assert.deepEqual(write, [{ serviceAccount: 'btc-agent', record: record('MOVED', 'agent-other_btc') }]);
});
