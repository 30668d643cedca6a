/** The ids against a list, with ids that collide, over many turns of the ring. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSequence } from '@flotilla/contracts/testing/seeded-sequence.ts';
import { RecentIds } from './recent-ids.ts';

for (const [max, range] of [
  [1, 3],
  [7, 20],
  [64, 100],
  [1_500, 4_000],
] as const) {
  test(`RecentIds: knows the last ${max} ids and no others, when ids are below ${range} multiples`, () => {
    const next = makeSequence(max);
    const ids = new RecentIds(max);
    const list: number[] = [];
    for (let index = 0; index < max * 20; index += 1) {
      // Multiples of a power of two share the low bits, and some differ beyond 32 bits alone.
      const id = Math.floor(next() * range) * 2 ** (index % 2 === 0 ? 12 : 33);
      ids.add(id);
      if (!list.includes(id)) list.push(id);
      if (list.length > max) list.shift();
      const probe = Math.floor(next() * range) * 2 ** 12;
      assert.equal(ids.has(id), true);
      assert.equal(ids.has(probe), list.includes(probe), `id ${probe} after ${index + 1} ids`);
    }
    assert.deepEqual(
      list.filter((id) => !ids.has(id)),
      [],
    );
    assert.deepEqual(ids.all(), list);
    const again = new RecentIds(max);
    for (const id of ids.all()) again.add(id);
    assert.deepEqual(again.all(), list);
  });
}
