import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Difficulties, withDifficulty } from './difficulties.ts';

const bar = { kind: 'bar', instrument: 'BTC-USD' } as const;
const trade = { kind: 'trade', instrument: 'BTC-USD' } as const;
const alert = { kind: 'alert', instrument: 'BTC-USD' } as const;
const fine = { difficulty: undefined, changed: true };
const passedOver = { difficulty: undefined, changed: false };
const unusable = { difficulty: { kind: 'PriceUnusable', message: 'below a tick' }, changed: false } as const;
const notSized = { difficulty: { kind: 'PositionNotSized', message: 'below a lot' }, changed: true } as const;
type Step = readonly [Parameters<typeof withDifficulty>[1], Parameters<typeof withDifficulty>[2]];
const fold = (...steps: readonly Step[]) =>
  steps.reduce<Difficulties>((before, [signal, folded]) => withDifficulty(before, signal, folded), {});

const CASES = [
  { why: 'two prices in a row cannot be used', found: fold([bar, unusable], [bar, unusable]), count: 2, message: undefined },
  {
    why: 'a price of another instrument can',
    found: fold([bar, unusable], [{ ...bar, instrument: 'ETH-USD' }, fine]),
    count: 1,
    message: undefined,
  },
  { why: 'the strategy passes over a signal', found: fold([bar, unusable], [trade, passedOver]), count: 1, message: undefined },
  { why: 'a price can be used again', found: fold([bar, unusable], [bar, fine]), count: undefined, message: undefined },
  { why: 'a bar wants a position without a size', found: fold([bar, notSized]), count: 0, message: 'below a lot' },
  { why: 'the next bar wants none', found: fold([bar, notSized], [bar, fine]), count: undefined, message: undefined },
  { why: 'a trade follows an alert that opened nothing', found: fold([alert, notSized], [trade, fine]), count: 0, message: 'below a lot' },
  { why: 'an unusable price follows such an alert', found: fold([alert, notSized], [trade, unusable]), count: 1, message: 'below a lot' },
  { why: 'an alert follows that is followed', found: fold([alert, notSized], [alert, fine]), count: undefined, message: undefined },
];

for (const { why, found, count, message } of CASES) {
  test(`withDifficulty: remembers ${count ?? 'no'} unusable prices and ${message ?? 'no problem of a size'}, when ${why}`, () => {
    assert.deepEqual([found['BTC-USD']?.unusableCount, found['BTC-USD']?.notSized?.message], [count, message]);
  });
}
