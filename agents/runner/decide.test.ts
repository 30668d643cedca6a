import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Alert, INSTRUMENT_CATALOGUE, orderIntentId, orderIntentSchema, proposalSchema } from '@flotilla/contracts';
import { makeAlert } from '../testing/signal-fixture.ts';
import { bindStrategy } from './bound-strategy.ts';
import { decide, type DecisionContext } from './decide.ts';
import { type Holdings, NO_HOLDINGS, withIntent, WORKING_ORDERS_MAX } from './holdings.ts';
import { foldSignal, type OpenTargets } from './open-target.ts';

const KEY = new Uint8Array(32).fill(7);
const definitions = INSTRUMENT_CATALOGUE.filter(({ symbol }) => symbol === 'BTC-USD');
const bound = bindStrategy('Alert', { quantity: '0.5', orderTtlSeconds: 10 }, definitions);
const bitcoin = bound.instruments.get('BTC-USD')!;
const context: DecisionContext = {
  portfolio: 'main',
  strategy: 'desk',
  strategyRevision: undefined,
  agentKey: KEY,
  producer: { service: 'agents', revision: 'test' },
  nowMs: Date.parse('2026-11-21T12:00:01.000Z'),
};

/** The open order after one alert that is the 42nd of its stream. */
function openAfter(signal: Alert): OpenTargets {
  const wishes = { state: bound.initial, open: {} };
  return foldSignal(bound, wishes, signal, { stream: 'SIGNALS', sequence: 42, carrier: {} }, new Map()).open;
}
const buy = openAfter(makeAlert('signal-1', 'BUY'));
const decideOn = (open: OpenTargets, holdings: Holdings, over: Partial<DecisionContext> = {}) =>
  decide(bound.instruments, open, holdings, { ...context, ...over });

test('decide: makes a valid proposal and a valid intent of the same order, when a target is missing', () => {
  const { decisions, open } = decideOn(buy, NO_HOLDINGS);
  const [decision] = decisions;
  assert.ok(decision);
  assert.deepEqual(open, {});
  const proposal = proposalSchema.parse(decision.proposal);
  const intent = orderIntentSchema.parse(decision.intent);
  assert.equal(proposal.targetQuantity, '0.5');
  assert.equal(proposal.reason, 'BUY of strength 0.8 from recorded at 611.87');
  assert.deepEqual(intent.proposalIds, [proposal.id]);
  assert.equal(intent.id, orderIntentId(KEY, 'signal-1', 0));
  const { side, type, quantity, timeInForce, reduceOnly, expiresAt, corrId, causationId } = intent;
  assert.deepEqual(
    { side, type, quantity, timeInForce, reduceOnly, expiresAt, corrId, causationId },
    {
      side: 'BUY',
      type: 'MARKET',
      quantity: '0.5',
      timeInForce: 'GTC',
      reduceOnly: false,
      // Ten seconds after the signal was made, not after the decision.
      expiresAt: '2026-11-21T12:00:10.000Z',
      corrId: 'corr-1',
      causationId: 'SIGNALS:42',
    },
  );
});

test('decide: gives the same ids whenever it decides about the same signal, and others with another key', () => {
  const ids = (over: Partial<DecisionContext>) =>
    decideOn(buy, NO_HOLDINGS, over).decisions.map(({ proposal, intent }) => [proposal.id, intent.id]);
  assert.deepEqual(ids({ nowMs: context.nowMs + 5_000 }), ids({}));
  assert.notDeepEqual(ids({ agentKey: new Uint8Array(32) }), ids({}));
});

test('decide: names the revision of the strategy in both, when it has one', () => {
  const [decision] = decideOn(buy, NO_HOLDINGS, { strategyRevision: 'b' }).decisions;
  assert.equal(decision?.proposal.strategyRevision, 'b');
  assert.equal(decision?.intent.strategyRevision, 'b');
});

const heldLots = (lots: number): Holdings => ({ ...NO_HOLDINGS, settledLots: { 'BTC-USD': lots } });
const EXPOSURES = [
  { why: 'nothing is held', holdings: NO_HOLDINGS, signal: 'BUY', want: 'BUY 0.5' },
  { why: 'a part is held', holdings: heldLots(20_000_000), signal: 'BUY', want: 'BUY 0.3' },
  { why: 'all of it is held', holdings: heldLots(50_000_000), signal: 'BUY', want: undefined },
  { why: 'more is held', holdings: heldLots(60_000_000), signal: 'BUY', want: 'SELL 0.1' },
  { why: 'what is held is to be closed', holdings: heldLots(50_000_000), signal: 'FLAT', want: 'SELL 0.5' },
  { why: 'nothing is held and nothing wanted', holdings: NO_HOLDINGS, signal: 'FLAT', want: undefined },
] as const;
for (const { why, holdings, signal, want } of EXPOSURES) {
  test(`decide: orders ${want ?? 'nothing'} on ${signal}, when ${why}`, () => {
    const { decisions } = decideOn(openAfter(makeAlert('s', signal)), holdings);
    const orders = decisions.map(({ intent: { side, quantity } }) => `${side} ${quantity}`);
    assert.deepEqual(orders, want === undefined ? [] : [want]);
  });
}

test('decide: holds a target back while an order may end either way, and orders what is missing beside one that rests', () => {
  const bought = withIntent(NO_HOLDINGS, decideOn(buy, NO_HOLDINGS).decisions[0]!.intent, bitcoin);
  const flat = openAfter(makeAlert('signal-2', 'FLAT'));
  assert.deepEqual(decideOn(flat, bought), { open: flat, decisions: [], expiredCount: 0 });

  const [id, order] = Object.entries(bought.working)[0]!;
  const resting = { ...bought, working: { [id]: { ...order, rests: true } } };
  assert.deepEqual(
    decideOn(flat, resting).decisions.map(({ intent }) => `${intent.side} ${intent.quantity}`),
    ['SELL 0.5'],
  );
});

test('decide: orders nothing, when exec leaves too many orders unanswered', () => {
  const order = { instrument: 'ETH-USD', side: 'BUY', quantityLots: 1 } as const;
  const working = Object.fromEntries(Array.from({ length: WORKING_ORDERS_MAX }, (_, index) => [`i${index}`, order]));
  assert.deepEqual(decideOn(buy, { ...NO_HOLDINGS, working }).decisions, []);
});

test('decide: lets a target go and orders nothing, when the order would be expired already', () => {
  const nowMs = Date.parse('2026-11-21T12:00:10.000Z');
  assert.deepEqual(decideOn(buy, NO_HOLDINGS, { nowMs }), { open: {}, decisions: [], expiredCount: 1 });
  assert.equal(decideOn(buy, NO_HOLDINGS, { nowMs: nowMs - 1 }).decisions.length, 1);
});
