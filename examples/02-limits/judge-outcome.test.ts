import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Denial, OrderEvent } from '@flotilla/contracts/events/executions.ts';
import { makeEnvelope, systemClock } from '@flotilla/runtime';
import { makeIntent } from './make-intent.ts';
import { judgeOutcome } from './judge-outcome.ts';
import type { Scenario } from './scenarios.ts';

const tooMuch: Denial = { code: 'ORDER_NOTIONAL_LIMIT', message: 'too much', details: { found: '2', limit: '1' } };
const order = { strategy: 'bold', side: 'BUY', quantity: '2' } as const;
const denied: Scenario = { order, deniedBy: ['ORDER_NOTIONAL_LIMIT'] };
const passes: Scenario = { order, deniedBy: [], because: 'within every limit' };

function outcome(status: OrderEvent['status'], denials: readonly Denial[] = []): OrderEvent {
  const envelope = makeEnvelope({ id: 'i1', corrId: 'i1', clock: systemClock, service: 'exec', revision: 'test' });
  const { proposalIds: _proposalIds, ...rest } = makeIntent(order, envelope, 'run1', undefined);
  const shared = { orderId: 'o1', intentId: 'i1', ordinal: 0, epoch: 1, filledQuantity: '0', leavesQuantity: '0' };
  return { ...rest, ...shared, status, ...(status === 'DENIED' ? { denials: [...denials] } : {}) };
}

for (const [reason, scenario, last, rows, problem] of [
  [
    'the expected check denies the order',
    denied,
    [outcome('DENIED', [tooMuch])],
    [['ORDER_NOTIONAL_LIMIT', 'bold BUY 2 EUR-USD', 'too much: found 2, limit 1']],
    undefined,
  ],
  ['the order passes as expected', passes, [outcome('FILLED')], [['passes', 'bold BUY 2 EUR-USD', 'within every limit']], undefined],
  [
    'one of two orders passes and the other is denied',
    { ...denied, count: 2 },
    [outcome('FILLED'), outcome('DENIED', [tooMuch])],
    [
      ['passes', 'bold BUY 2 EUR-USD, 2 at once', '1 of 2 passed'],
      ['ORDER_NOTIONAL_LIMIT', '', 'too much: found 2, limit 1'],
    ],
    undefined,
  ],
  [
    'another check than the expected one denies the order',
    { ...denied, deniedBy: ['PRICE_COLLAR'] },
    [outcome('DENIED', [tooMuch])],
    [['ORDER_NOTIONAL_LIMIT', 'bold BUY 2 EUR-USD', 'too much: found 2, limit 1']],
    /expected a denial by PRICE_COLLAR/,
  ],
  [
    'the order passes, and a check had to deny it',
    denied,
    [outcome('FILLED')],
    [['passes', 'bold BUY 2 EUR-USD', '1 of 1 passed']],
    /expected a denial by ORDER_NOTIONAL_LIMIT/,
  ],
  [
    'the order is denied, and had to pass',
    passes,
    [outcome('DENIED', [tooMuch])],
    [['ORDER_NOTIONAL_LIMIT', 'bold BUY 2 EUR-USD', 'too much: found 2, limit 1']],
    /expected it to be filled, found DENIED ORDER_NOTIONAL_LIMIT/,
  ],
  ['the order had to pass, and finds no liquidity', passes, [outcome('CANCELLED')], [], /expected it to be filled, found CANCELLED/],
] as readonly (readonly [string, Scenario, readonly OrderEvent[], readonly (readonly string[])[], RegExp | undefined])[]) {
  test(`judgeOutcome: tells rows and problem, when ${reason}`, () => {
    const verdict = judgeOutcome(scenario, last);
    assert.deepEqual(verdict.rows, rows);
    if (problem === undefined) assert.equal(verdict.problem, undefined);
    else assert.match(verdict.problem ?? '', problem);
  });
}

test('judgeOutcome: breaks a long reason between words, when the table would become too wide', () => {
  const long: Denial = { code: 'PRICE_COLLAR', message: 'far '.repeat(40).trim(), details: {} };
  const { rows } = judgeOutcome(denied, [outcome('DENIED', [long])]);
  assert.ok(rows.length > 1);
  assert.ok(rows.every(([, , why]) => why.length <= 64));
  assert.equal(rows.map(([, , why]) => why).join(' '), long.message);
  assert.deepEqual(
    rows.slice(1).map(([check, sent]) => [check, sent]),
    rows.slice(1).map(() => ['', '']),
  );
});
