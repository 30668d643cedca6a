import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatUnits, parseUnits } from '@flotilla/contracts';
import { applyTrade, averagePriceOf, FLAT, type Position, unrealizedOf } from './position.ts';

interface Step {
  readonly quantity: string;
  readonly price: string;
  readonly position: string;
  /** To four places, as the known answers are stated. */
  readonly average: string | undefined;
  readonly realized: string;
}

const KNOWN_ANSWERS: readonly { readonly reason: string; readonly steps: readonly Step[] }[] = [
  {
    reason: 'average cost: opening, adding, reducing, crossing zero',
    steps: [
      { quantity: '10', price: '10', position: '10', average: '10', realized: '0' },
      { quantity: '5', price: '12.5', position: '15', average: '10.8333', realized: '0' },
      { quantity: '-7', price: '14.5', position: '8', average: '10.8333', realized: '25.6666' },
      { quantity: '-15', price: '17.5', position: '-7', average: '17.5', realized: '79' },
    ],
  },
  {
    reason: 'a short position gains when it is bought back lower',
    steps: [
      { quantity: '-4', price: '100', position: '-4', average: '100', realized: '0' },
      { quantity: '1', price: '90', position: '-3', average: '100', realized: '10' },
      { quantity: '3', price: '110', position: '0', average: undefined, realized: '-20' },
    ],
  },
  {
    reason: 'thirds leave no cost behind once the position is flat',
    steps: [
      { quantity: '3', price: '0.01', position: '3', average: '0.01', realized: '0' },
      { quantity: '4', price: '0.02', position: '7', average: '0.0157', realized: '0' },
      { quantity: '-1', price: '0.03', position: '6', average: '0.0157', realized: '0.0142' },
      { quantity: '-6', price: '0.03', position: '0', average: undefined, realized: '0.1' },
    ],
  },
];

for (const { reason, steps } of KNOWN_ANSWERS) {
  test(`applyTrade: gives the known answer, when ${reason}`, () => {
    let position: Position = FLAT;
    for (const step of steps) {
      position = applyTrade(position, { signedQuantity: parseUnits(step.quantity), price: parseUnits(step.price), fee: 0n });
      const average = averagePriceOf(position);
      assert.equal(formatUnits(position.quantity), step.position);
      assert.equal(average === undefined ? undefined : fourPlaces(average), step.average);
      assert.equal(fourPlaces(position.realized), step.realized);
    }
    if (position.quantity === 0n) assert.equal(position.cost, 0n, 'a flat position has no cost');
  });
}

test('unrealizedOf: gives the loss of a short position, when the price rose', () => {
  const position = applyTrade(FLAT, { signedQuantity: parseUnits('-7'), price: parseUnits('17.5'), fee: 0n });
  assert.equal(formatUnits(unrealizedOf(position, parseUnits('18'))), '-3.5');
});

function fourPlaces(units: bigint): string {
  const step = 10n ** 14n;
  return formatUnits((units / step) * step);
}

for (const side of [1n, -1n]) {
  test(`applyTrade: closes the smallest ${side > 0n ? 'long' : 'short'} position that there is, and leaves no cost`, () => {
    const opened = applyTrade(FLAT, { signedQuantity: side, price: parseUnits('2'), fee: 0n });
    const closed = applyTrade(opened, { signedQuantity: -side, price: parseUnits('3'), fee: 0n });
    assert.deepEqual(closed, { quantity: 0n, cost: 0n, realized: side, fees: 0n });
  });
}
