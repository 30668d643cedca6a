import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BUY, SELL, type SideSign } from '../orders/order.ts';
import { worstTicks } from './worst-price.ts';

test('worstTicks: equals exact arithmetic, rounded toward the price, for any price and collar', () => {
  const side = fc.constantFrom<SideSign>(BUY, SELL);
  fc.assert(
    fc.property(side, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), fc.integer({ min: 0, max: 10_000 }), (side, ticks, bps) => {
      const width = (BigInt(ticks) * BigInt(bps)) / 10_000n;
      const exact = side === BUY ? BigInt(ticks) + width : BigInt(ticks) - width;
      const max = BigInt(Number.MAX_SAFE_INTEGER);
      const want = exact < 1n ? 1n : exact > max ? max : exact;
      assert.equal(BigInt(worstTicks(side, ticks, bps)), want);
    }),
  );
});
