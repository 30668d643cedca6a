import assert from 'node:assert/strict';
import { test } from 'node:test';
import { turnTo, type Stance } from './stance.ts';

const SIZED = { ok: true, lots: 3 } as const;
const TOO_SMALL = { ok: false, problem: 'below one lot' } as const;
const CASES = [
  { why: 'it opens', wished: 1, before: { stance: 0 }, size: SIZED, want: { stance: 1, wished: 1 }, targetLots: 3 },
  { why: 'it opens short', wished: -1, before: { stance: 0 }, size: SIZED, want: { stance: -1, wished: -1 }, targetLots: -3 },
  { why: 'it reverses', wished: 1, before: { stance: -1, wished: -1 }, size: SIZED, want: { stance: 1, wished: 1 }, targetLots: 3 },
  { why: 'it closes', wished: 0, before: { stance: 1, wished: 1 }, size: TOO_SMALL, want: { stance: 0, wished: 0 }, targetLots: 0 },
  { why: 'it stays', wished: 1, before: { stance: 1, wished: 1 }, size: TOO_SMALL, want: { stance: 1, wished: 1 }, targetLots: undefined },
  {
    why: 'the opening of its reversal has no size',
    wished: 1,
    before: { stance: -1, wished: -1 },
    size: TOO_SMALL,
    want: { stance: 0, wished: 1 },
    targetLots: 0,
  },
  {
    why: 'the opening still has no size',
    wished: 1,
    before: { stance: 0, wished: 1 },
    size: TOO_SMALL,
    want: { stance: 0, wished: 1 },
    targetLots: undefined,
  },
  {
    why: 'the opening has a size at last',
    wished: 1,
    before: { stance: 0, wished: 1 },
    size: SIZED,
    want: { stance: 1, wished: 1 },
    targetLots: 3,
  },
  {
    why: 'it wants the side again that it closed without an opening',
    wished: -1,
    before: { stance: 0, wished: 1 },
    size: SIZED,
    want: { stance: -1, wished: -1 },
    targetLots: -3,
  },
  {
    why: 'a first opening has no size, and an earlier revision may hold a position',
    wished: 1,
    before: { stance: 0 },
    size: TOO_SMALL,
    want: { stance: 0, wished: 1 },
    targetLots: 0,
  },
  {
    why: 'it wants nothing any more',
    wished: 0,
    before: { stance: 0, wished: 1 },
    size: SIZED,
    want: { stance: 0, wished: 0 },
    targetLots: undefined,
  },
] as const;

for (const { why, wished, before, size, want, targetLots } of CASES) {
  test(`turnTo: goes to ${targetLots ?? 'no new'} lots, when ${why}`, () => {
    const turn = turnTo(wished, before satisfies Stance, () => size);
    assert.deepEqual([turn.stance, turn.targetLots], [want, targetLots]);
    const wantsSize = wished !== 0 && wished !== before.stance;
    assert.equal(turn.difficulty?.kind, wantsSize && !size.ok ? 'PositionNotSized' : undefined);
  });
}
