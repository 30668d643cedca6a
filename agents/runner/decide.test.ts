import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSTRUMENT_CATALOGUE, orderIntentId, orderIntentSchema, proposalSchema, type OrderIntent } from '@flotilla/contracts';
import { makeAlert, makeBar } from '../testing/signal-fixture.ts';
import { bindStrategy } from './bound-strategy.ts';
import { decide, type DecisionContext } from './decide.ts';
import { NO_EXPOSURE, withIntent, WORKING_ORDERS_MAX, type Exposure } from './exposure.ts';

const KEY = new Uint8Array(32).fill(7);
const definitions = INSTRUMENT_CATALOGUE.filter(({ symbol }) => symbol === 'BTC-USD');
const bound = bindStrategy('Alert', { quantity: '0.5', orderTtlSeconds: 10 }, definitions);
const bitcoin = bound.instruments.get('BTC-USD')!;
const context: DecisionContext = {
  portfolio: 'main',
  strategy: 'desk',
  agentKey: KEY,
  producer: { service: 'agents', revision: 'test' },
  nowMs: Date.parse('2026-11-21T12:00:01.000Z'),
  causationId: 'SIGNALS:42',
  published: new Map(),
};
const buy = makeAlert('signal-1', 'BUY');

test('decide: makes a valid proposal and a valid intent of the same order, when a target is missing', () => {
  const { decisions, intents } = decide(bound, bound.initial, NO_EXPOSURE, buy, context);
  const [decision] = decisions;
  assert.ok(decision);
  const proposal = proposalSchema.parse(decision.proposal);
  const intent = orderIntentSchema.parse(decision.intent);
  assert.deepEqual(intents, [decision.intent]);
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
    decide(bound, bound.initial, NO_EXPOSURE, buy, { ...context, ...over }).decisions.map(({ proposal, intent }) => [
      proposal.id,
      intent.id,
    ]);
  assert.deepEqual(ids({ nowMs: context.nowMs + 5_000 }), ids({}));
  assert.notDeepEqual(ids({ agentKey: new Uint8Array(32) }), ids({}));
});

const heldLots = (lots: number): Exposure => ({ ...NO_EXPOSURE, settledLots: { 'BTC-USD': lots } });
const EXPOSURES = [
  { why: 'nothing is held', exposure: NO_EXPOSURE, signal: 'BUY', want: 'BUY 0.5' },
  { why: 'a part is held', exposure: heldLots(20_000_000), signal: 'BUY', want: 'BUY 0.3' },
  { why: 'all of it is held', exposure: heldLots(50_000_000), signal: 'BUY', want: undefined },
  { why: 'more is held', exposure: heldLots(60_000_000), signal: 'BUY', want: 'SELL 0.1' },
  { why: 'what is held is to be closed', exposure: heldLots(50_000_000), signal: 'FLAT', want: 'SELL 0.5' },
  { why: 'nothing is held and nothing wanted', exposure: NO_EXPOSURE, signal: 'FLAT', want: undefined },
] as const;
for (const { why, exposure, signal, want } of EXPOSURES) {
  test(`decide: orders ${want ?? 'nothing'} on ${signal}, when ${why}`, () => {
    const { decisions } = decide(bound, bound.initial, exposure, makeAlert('s', signal), context);
    const orders = decisions.map(({ intent: { side, quantity } }) => `${side} ${quantity}`);
    assert.deepEqual(orders, want === undefined ? [] : [want]);
  });
}

test('decide: orders nothing more, when the order is on its way', () => {
  const first = decide(bound, bound.initial, NO_EXPOSURE, buy, context);
  const exposure = withIntent(NO_EXPOSURE, first.intents[0]!, bitcoin);
  assert.deepEqual(decide(bound, first.state, exposure, makeAlert('signal-2', 'BUY'), context).decisions, []);
});

test('decide: lets a published intent stand as it is and counts it, when it decides again after a restart', () => {
  const published = { ...decide(bound, bound.initial, NO_EXPOSURE, buy, context).intents[0]!, quantity: '0.2' };
  const again = decide(bound, bound.initial, NO_EXPOSURE, buy, { ...context, published: new Map([[published.id, published]]) });
  assert.deepEqual(again.decisions, []);
  assert.deepEqual(again.intents, [published]);
});

test('decide: orders nothing, when exec leaves too many orders unanswered', () => {
  const order = { instrument: 'BTC-USD', side: 'BUY', quantityLots: 1 } as const;
  const working = Object.fromEntries(Array.from({ length: WORKING_ORDERS_MAX }, (_, index) => [`i${index}`, order]));
  assert.deepEqual(decide(bound, bound.initial, { ...NO_EXPOSURE, working }, buy, context).decisions, []);
});

test('decide: follows the signal and orders nothing, when the order would be expired already', () => {
  const late = { ...context, nowMs: Date.parse('2026-11-21T12:00:10.000Z') };
  const step = decide(bound, bound.initial, NO_EXPOSURE, buy, late);
  assert.deepEqual([step.decisions, step.intents, step.expiredCount], [[], [], 1]);
  assert.deepEqual(step.state, decide(bound, bound.initial, NO_EXPOSURE, buy, context).state);
  assert.equal(decide(bound, bound.initial, NO_EXPOSURE, buy, { ...late, nowMs: late.nowMs - 1 }).decisions.length, 1);
});

test('decide: changes nothing, when the signal is of an instrument that the strategy does not list', () => {
  const foreign = makeBar(1, '4.2', { instrument: 'ETH-USD' });
  const step = decide(bound, bound.initial, NO_EXPOSURE, foreign, context);
  assert.equal(step.state, bound.initial);
  assert.deepEqual(step.intents, [] satisfies OrderIntent[]);
});
