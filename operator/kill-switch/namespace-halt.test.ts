import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError } from '@flotilla/contracts/errors/assert.ts';
import type { HaltedPortfolio } from '@flotilla/contracts/resources/kill-switch.ts';
import { namespaceHalt } from './namespace-halt.ts';
import type { PortfolioHalt } from './portfolio-steps.ts';

type Phase = HaltedPortfolio['phase'];
const TIME = '2026-11-21T12:00:01.000Z';
const stepsIn = (phase: Phase, name = 'main', more: Partial<HaltedPortfolio> = {}): HaltedPortfolio => ({
  namespace: 'trading',
  name,
  phase,
  ...more,
});
const haltOf = (name: string, problem?: string) => ({ namespace: 'trading', name, problem }) as PortfolioHalt;

function entryOf(steps: readonly HaltedPortfolio[], problems: Readonly<Record<string, string>> = {}, listedCount = steps.length) {
  return namespaceHalt({ namespace: 'trading', steps, halts: steps.map(({ name }) => haltOf(name, problems[name])), listedCount });
}

for (const { phase, reason, halted, unconfirmed, gates, orders } of [
  { phase: 'Publishing', reason: 'ExecSilent', halted: 0, unconfirmed: 1, gates: 0, orders: 0 },
  { phase: 'Unconfirmed', reason: 'ExecSilent', halted: 0, unconfirmed: 1, gates: 0, orders: 0 },
  { phase: 'Closing', reason: 'Closing', halted: 0, unconfirmed: 0, gates: 0, orders: 0 },
  { phase: 'Cancelling', reason: 'Cancelling', halted: 0, unconfirmed: 0, gates: 0, orders: 0 },
  { phase: 'StoppingAgents', reason: 'StoppingAgents', halted: 0, unconfirmed: 0, gates: 1, orders: 1 },
  { phase: 'Halted', reason: 'Halted', halted: 1, unconfirmed: 0, gates: 1, orders: 1 },
  { phase: 'Releasing', reason: 'Releasing', halted: 0, unconfirmed: 0, gates: 0, orders: 0 },
] as const) {
  test(`namespaceHalt: says ${reason} and counts one portfolio, when it is ${phase}`, () => {
    const entry = entryOf([stepsIn(phase)]);
    assert.deepEqual(
      [entry.reason, entry.portfolioCount, entry.haltedCount, entry.unconfirmedCount, entry.gatesClosedCount, entry.ordersCancelledCount],
      [reason, 1, halted, unconfirmed, gates, orders],
    );
    assert.deepEqual([entry.unconfirmed, entry.notHalted], [unconfirmed === 1 ? ['main'] : undefined, halted === 1 ? undefined : ['main']]);
  });

  test(`namespaceHalt: counts the steps that exec has reported, unless it is unknown whether they hold, when it is ${phase}`, () => {
    const entry = entryOf([stepsIn(phase, 'main', { gateClosedAt: TIME, zeroOpenOrdersVerifiedAt: TIME })]);
    const isKnown = unconfirmed === 0;
    assert.deepEqual([entry.gatesClosedCount, entry.ordersCancelledCount], isKnown ? [1, 1] : [0, 0]);
  });
}

test('namespaceHalt: counts a gate that is closed while orders are still open', () => {
  const entry = entryOf([stepsIn('Cancelling', 'main', { gateClosedAt: TIME })]);
  assert.deepEqual([entry.gatesClosedCount, entry.ordersCancelledCount, entry.agentsStoppedCount], [1, 0, 0]);
});

test('namespaceHalt: counts stopped agents, whatever is known of exec', () => {
  assert.equal(entryOf([stepsIn('Unconfirmed', 'main', { agentsScaledToZeroAt: TIME })]).agentsStoppedCount, 1);
});

test('namespaceHalt: counts over all portfolios and names those that are not halted', () => {
  const entry = entryOf([stepsIn('Halted', 'a'), stepsIn('Closing', 'b'), stepsIn('Unconfirmed', 'c'), stepsIn('Halted', 'd')]);
  assert.deepEqual(
    [entry.portfolioCount, entry.haltedCount, entry.unconfirmedCount, entry.unconfirmed, entry.notHalted],
    [4, 2, 1, ['c'], ['b', 'c']],
  );
  assert.deepEqual([entry.reason, entry.message], ['ExecSilent', 'the exec of 1 of 4 portfolios does not report']);
});

test('namespaceHalt: gives the reason of the first portfolio that is not halted, when every exec reports', () => {
  const entry = entryOf([stepsIn('Halted', 'a'), stepsIn('StoppingAgents', 'b'), stepsIn('Closing', 'c')]);
  assert.deepEqual([entry.reason, entry.message], ['StoppingAgents', '']);
});

test('namespaceHalt: says which portfolio the bus did not answer for, in at most 512 characters', () => {
  const entry = entryOf([stepsIn('Halted', 'a'), stepsIn('Publishing', 'b')], { b: 'NATS does not answer' });
  assert.deepEqual([entry.reason, entry.message], ['BusUnavailable', 'Portfolio b: NATS does not answer']);
  const both = entryOf([stepsIn('Publishing', 'a'), stepsIn('Publishing', 'b')], { a: 'first', b: 'second' });
  assert.equal(both.message, 'Portfolio a: first');
  assert.equal(entryOf([stepsIn('Publishing', 'b')], { b: 'x'.repeat(600) }).message.length, 512);
});

test('namespaceHalt: says that nothing is in scope, when no portfolio is', () => {
  const entry = entryOf([]);
  assert.deepEqual([entry.reason, entry.portfolioCount, entry.haltedCount], ['NothingInScope', 0, 0]);
});

test('namespaceHalt: gives the longest time that a gate took, 0 included, and none when no gate is closed', () => {
  const took = (...durations: readonly (number | undefined)[]) =>
    entryOf(durations.map((ms, index) => stepsIn('Halted', `p${index}`, ms === undefined ? {} : { gateClosedDurationMs: ms })))
      .gateClosedDurationMsMax;
  assert.equal(took(5, 70, undefined, 6), 70);
  assert.equal(took(0), 0);
  assert.equal(took(undefined), undefined);
});

test('namespaceHalt: names 16 portfolios at most, and counts all', () => {
  const steps = Array.from({ length: 17 }, (_, index) => stepsIn('Unconfirmed', `p${index}`));
  const entry = entryOf(steps);
  assert.deepEqual([entry.unconfirmed?.length, entry.notHalted?.length, entry.unconfirmedCount], [16, 16, 17]);
});

test('namespaceHalt: says how many portfolios the status does not list', () => {
  const steps = [stepsIn('Halted', 'a'), stepsIn('Halted', 'b')];
  assert.equal(entryOf(steps, {}, 1).omittedCount, 1);
  assert.equal(entryOf(steps, {}, 2).omittedCount, undefined);
});

test('namespaceHalt: ends by an assertion, when a portfolio in scope is not counted', () => {
  assert.throws(() => namespaceHalt({ namespace: 'trading', steps: [stepsIn('Halted')], halts: [], listedCount: 1 }), AssertionError);
});
