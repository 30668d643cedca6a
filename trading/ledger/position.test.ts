import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ExactSum } from '../numbers/exact-sum.ts';
import type { ContractTerms } from './contract-value.ts';
import { type CostMethod, Position } from './position.ts';

const LINEAR: ContractTerms = { inverseUnits: undefined };

type Trade = readonly [lots: number, ticks: number];

/** Known answers of `trade → realized`; ticks of 0.01 and whole lots. */
const KNOWN: readonly {
  readonly reason: string;
  readonly method: CostMethod;
  readonly trades: readonly Trade[];
  readonly realized: readonly number[];
}[] = [
  {
    reason: 'FIFO',
    method: 'FIFO',
    trades: [
      [1_000, 107],
      [1_000, 108],
      [-1_000, 109],
      [1_000, 108],
      [-2_000, 109],
    ],
    realized: [0, 0, 2_000, 2_000, 4_000],
  },
  {
    reason: 'LIFO',
    method: 'LIFO',
    trades: [
      [1_000, 107],
      [1_000, 108],
      [-1_000, 109],
      [1_000, 108],
      [-2_000, 109],
    ],
    realized: [0, 0, 1_000, 1_000, 4_000],
  },
  {
    reason: 'average cost: opening, adding, reducing',
    method: 'AVERAGE',
    trades: [
      [10, 1_000],
      [5, 1_250],
      [-7, 1_450],
    ],
    realized: [0, 0, 2_567],
  },
  {
    reason: 'crossing zero',
    method: 'AVERAGE',
    trades: [
      [4, 100],
      [-6, 90],
      [2, 80],
    ],
    realized: [0, -40, -20],
  },
  {
    reason: 'short, bought back lower and higher',
    method: 'FIFO',
    trades: [
      [-4, 100],
      [1, 90],
      [3, 110],
    ],
    realized: [0, 10, -20],
  },
];

for (const { reason, method, trades, realized } of KNOWN) {
  test(`Position: ${reason}`, () => {
    const position = new Position(method);
    const found = trades.map(([lots, ticks]) => {
      position.trade(LINEAR, ticks, lots);
      return position.realized.toNumber();
    });
    assert.deepEqual(found, realized);
  });
}

const trade = fc.tuple(
  fc.oneof(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -1_000_000_000, max: 1_000_000_000 })).filter((lots) => lots !== 0),
  fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 10_000_000_000 })),
);

/** Average cost in fractions of BigInts, written without the code under test. */
function model(trades: readonly Trade[]): { readonly lots: bigint; readonly cost: bigint; readonly realized: bigint } {
  let [lots, cost, realized] = [0n, 0n, 0n];
  for (const [quantity, ticks] of trades) {
    let left = BigInt(quantity);
    const price = BigInt(ticks);
    if (lots !== 0n && lots > 0n !== left > 0n) {
      const size = (left < 0n ? -left : left) < (lots < 0n ? -lots : lots) ? -left : lots;
      const part = (cost * size) / lots;
      realized += size * price - part;
      cost -= part;
      lots -= size;
      left += size;
    }
    cost += left * price;
    lots += left;
  }
  return { lots, cost, realized };
}

test('Position: average cost equals a model in BigInts, to the last unit', () => {
  fc.assert(
    fc.property(fc.array(trade, { maxLength: 60 }), (trades) => {
      const position = new Position('AVERAGE');
      for (const [lots, ticks] of trades) position.trade(LINEAR, ticks, lots);
      const found = { lots: BigInt(position.lots), cost: position.cost.toBigInt(), realized: position.realized.toBigInt() };
      assert.deepEqual(found, model(trades));
    }),
    { numRuns: 2_000 },
  );
});

test('Position: every method gives the same cash, and the same profit once the position is flat', () => {
  fc.assert(
    fc.property(fc.array(trade, { maxLength: 40 }), fc.integer({ min: 1, max: 100_000 }), (trades, last) => {
      const positions = (['AVERAGE', 'FIFO', 'LIFO'] as const).map((method) => new Position(method));
      let want = 0n;
      for (const [lots, ticks] of trades) {
        want -= BigInt(lots) * BigInt(ticks);
        for (const position of positions) position.trade(LINEAR, ticks, lots);
      }
      const rest = positions[0]?.lots ?? 0;
      if (rest !== 0) for (const position of positions) position.trade(LINEAR, last, -rest);
      want += BigInt(rest) * BigInt(last);
      for (const position of positions) {
        assert.equal(position.lots, 0);
        assert.equal(position.cash.toBigInt(), want);
        assert.equal(position.realized.toBigInt(), want);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('Position: realized and unrealized profit together are the profit at the price', () => {
  const position = new Position('AVERAGE');
  position.trade(LINEAR, 100, 3);
  position.trade(LINEAR, 130, -1);
  const unrealized = new ExactSum();
  position.unrealized(LINEAR, 120, unrealized);
  assert.equal(position.realized.toNumber() + unrealized.toNumber(), 30 + 2 * 20);
});

/** A contract of 100 USD, ticks of 0.5 USD, units of 10^-8 BTC: 100 lots of 1 USD each. */
const INVERSE: ContractTerms = { inverseUnits: 200_000_000 };

test('Position: an inverse contract earns in the base currency', () => {
  const position = new Position('AVERAGE');
  // 60,000 contracts of 1 USD from 50,000 to 60,000: 60,000 × (1/50,000 − 1/60,000) = 0.2 BTC.
  position.trade(INVERSE, 100_000, 60_000);
  position.trade(INVERSE, 120_000, -60_000);
  assert.equal(position.realized.toNumber(), 20_000_000);
});

test('Position: an inverse contract is rounded against the trader, and a flat position has no cost', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -1_000, max: 1_000 }), fc.integer({ min: 1, max: 1_000_000 })), { maxLength: 20 }),
      (trades) => {
        const position = new Position('FIFO');
        let [exact, scale] = [0n, 1n];
        for (const [lots, ticks] of trades.filter(([lots]) => lots !== 0)) {
          position.trade(INVERSE, ticks, lots);
          exact = exact * BigInt(ticks) + scale * 200_000_000n * BigInt(lots);
          scale *= BigInt(ticks);
        }
        // cash = lots × contract / price of every trade, each rounded down.
        assert.ok(position.cash.toBigInt() * scale <= exact);
        assert.ok((position.cash.toBigInt() + 2n * BigInt(trades.length)) * scale >= exact);
      },
    ),
    { numRuns: 500 },
  );
});
