import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Alert, formatTime, INSTRUMENT_CATALOGUE, orderIntentId, orderIntentSchema, proposalSchema } from '@flotilla/contracts';
import { makeAlert } from '../testing/signal-fixture.ts';
import { bindStrategy } from './bound-strategy.ts';
import { decide, type DecisionContext, isWaiting } from './decide.ts';
import { type Holdings, NO_HOLDINGS, UNANSWERED_GRACE_MS, withIntent, WORKING_ORDERS_MAX } from './holdings.ts';
import { foldSignal, type Wishes } from './fold-signal.ts';
import type { OpenTargets } from './open-target.ts';

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
  executionsCompleteAtMs: Date.parse('2026-11-21T12:00:01.000Z'),
};

/** The open order after one alert that is the 42nd of its stream. */
function openAfter(signal: Alert): OpenTargets {
  const wishes = { state: bound.initial, open: {}, standing: {} };
  return foldSignal(bound, wishes, signal, { stream: 'SIGNALS', sequence: 42, carrier: {} }, new Map()).wishes.open;
}
const buy = openAfter(makeAlert('signal-1', 'BUY'));
const decideOn = (open: OpenTargets, holdings: Holdings, over: Partial<DecisionContext> = {}) =>
  decide(bound.instruments, { open, standing: {} }, holdings, { ...context, ...over });

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

test('decide: holds a target back while an order may end either way, and sells only what a resting order has filled', () => {
  const bought = withIntent(NO_HOLDINGS, decideOn(buy, NO_HOLDINGS).decisions[0]!.intent, bitcoin);
  const flat = openAfter(makeAlert('signal-2', 'FLAT'));
  assert.deepEqual(decideOn(flat, bought), { open: flat, standing: {}, decisions: [], expiredCount: 0 });

  const [id, order] = Object.entries(bought.working)[0]!;
  const restingWith = (filledLots: number): Holdings => ({ ...bought, working: { [id]: { ...order, filledLots, rests: true } } });
  assert.deepEqual(decideOn(flat, restingWith(0)), { open: flat, standing: {}, decisions: [], expiredCount: 0 }, 'nothing is held yet');
  const { decisions, open } = decideOn(flat, restingWith(20_000_000));
  assert.deepEqual(
    [decisions.map(({ intent, proposal }) => `${intent.side} ${intent.quantity} to ${proposal.targetQuantity}`), open],
    [['SELL 0.2 to 0'], {}],
  );
});

/** A target of `lots` that stands, and a trade that asks for the exit again. */
function standingAfter(lots: number): Pick<Wishes, 'open' | 'standing'> {
  const [target] = Object.values(openAfter(makeAlert('signal-1', 'FLAT')));
  const { ordinal, corrId, sequence, causationId, expiresAt, carrier, signalId: _signalId, ...rest } = target!;
  const exit = { signalId: 'trade-9', ordinal, corrId, sequence, causationId, expiresAt, carrier };
  return { open: {}, standing: { 'BTC-USD': { ...rest, targetLots: lots, asked: { firstMs: 0, lastMs: 0 }, exit } } };
}
const EXITS = [
  { why: 'a part of the position is still held', targetLots: 0, heldLots: 30, want: 'SELL 0.0000003 to 0' },
  { why: 'a part of the short is still held', targetLots: 0, heldLots: -30, want: 'BUY 0.0000003 to 0' },
  { why: 'the target is a smaller position', targetLots: 10, heldLots: 30, want: 'SELL 0.0000002 to 0.0000001' },
  { why: 'the target is on the other side, which an exit never opens', targetLots: -50, heldLots: 30, want: 'SELL 0.0000003 to 0' },
  { why: 'the target is a larger position', targetLots: 50, heldLots: 30, want: undefined },
  { why: 'nothing is held', targetLots: 50, heldLots: 0, want: undefined },
] as const;
for (const { why, targetLots, heldLots: lots, want } of EXITS) {
  test(`decide: orders ${want ?? 'nothing'} for an exit that is asked for again, when ${why}`, () => {
    const wishes = standingAfter(targetLots);
    const step = decide(bound.instruments, wishes, heldLots(lots), context);
    const orders = step.decisions.map(({ intent, proposal }) => `${intent.side} ${intent.quantity} to ${proposal.targetQuantity}`);
    assert.deepEqual(orders, want === undefined ? [] : [want]);
    assert.deepEqual([isWaiting(wishes), isWaiting(step)], [true, false], 'the request is answered');
    assert.equal(step.standing['BTC-USD']?.targetLots, targetLots, 'the target stands');
  });
}

test('decide: gives an exit ids of the signal that asks for it, and a reason that says so', () => {
  const [decision] = decide(bound.instruments, standingAfter(0), heldLots(30), context).decisions;
  assert.equal(decision?.intent.id, orderIntentId(KEY, 'trade-9', 0));
  assert.equal(decision?.proposal.reason, 'exit again: FLAT of strength 0.8 from recorded at 611.87');
});

test('decide: keeps a request for an exit while an order may end either way, and drops one that is too old in silence', () => {
  const wishes = standingAfter(0);
  const bought = withIntent(heldLots(30), decideOn(buy, NO_HOLDINGS).decisions[0]!.intent, bitcoin);
  assert.deepEqual(decide(bound.instruments, wishes, bought, context), { ...wishes, decisions: [], expiredCount: 0 });
  const late = decide(bound.instruments, wishes, heldLots(30), { ...context, nowMs: context.nowMs + 60_000 });
  assert.deepEqual([isWaiting(late), late.decisions, late.expiredCount], [false, [], 0]);
});

test('decide: closes only the side that a target names, when its position has no size', () => {
  const [target] = Object.values(openAfter(makeAlert('signal-1', 'FLAT')));
  const closing = { 'BTC-USD': { ...target!, closesOnly: 'SHORT' } } as const;
  const sides = (lots: number) => decideOn(closing, heldLots(lots)).decisions.map(({ intent }) => `${intent.side} ${intent.quantity}`);
  assert.deepEqual([sides(-30), sides(0), sides(30)], [['BUY 0.0000003'], [], []]);
});

test('decide: orders nothing, when exec leaves too many orders unanswered', () => {
  const order = { instrument: 'ETH-USD', side: 'BUY', quantityLots: 1 } as const;
  const working = Object.fromEntries(Array.from({ length: WORKING_ORDERS_MAX }, (_, index) => [`i${index}`, order]));
  assert.deepEqual(decideOn(buy, { ...NO_HOLDINGS, working }).decisions, []);
});

test('decide: holds a target back while an execution of before the end of an unanswered order may be unread', () => {
  const sent = decideOn(buy, NO_HOLDINGS).decisions[0]?.intent;
  assert.ok(sent !== undefined);
  const endMs = Date.parse(sent.expiresAt) + UNANSWERED_GRACE_MS;
  const holdings = withIntent(NO_HOLDINGS, sent, bitcoin);
  const later = openAfter(makeAlert('signal-2', 'BUY', { time: formatTime(endMs + 1_000) }));
  const at = (executionsCompleteAtMs: number) => decideOn(later, holdings, { nowMs: endMs + 2_000, executionsCompleteAtMs });
  assert.deepEqual([Object.keys(at(endMs).open), at(endMs).decisions.length], [['BTC-USD'], 0], 'exec may have answered since');
  assert.deepEqual([at(endMs + 1).open, at(endMs + 1).decisions.length], [{}, 1], 'exec has not answered and will not');
});

test('decide: lets a target go and orders nothing, when the order would be expired already', () => {
  const nowMs = Date.parse('2026-11-21T12:00:10.000Z');
  assert.deepEqual(decideOn(buy, NO_HOLDINGS, { nowMs }), { open: {}, standing: {}, decisions: [], expiredCount: 1 });
  assert.equal(decideOn(buy, NO_HOLDINGS, { nowMs: nowMs - 1 }).decisions.length, 1);
});
