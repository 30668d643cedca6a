import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FLAT_HOLDINGS_MAX, Holdings } from './holdings.ts';

test('Holdings: removes the one that became flat longest ago, and counts a holding that became flat twice from its second time', () => {
  const holdings = new Holdings('AVERAGE');
  const note = (instrument: number) => holdings.noteFlat(holdings.findOrAdd(0, instrument));
  note(0);
  note(1);
  note(0);
  for (let instrument = 2; instrument < FLAT_HOLDINGS_MAX; instrument += 1) note(instrument);
  assert.equal(holdings.count(), FLAT_HOLDINGS_MAX);
  note(FLAT_HOLDINGS_MAX);
  assert.deepEqual([holdings.find(0, 0) === undefined, holdings.find(0, 1) === undefined], [false, true]);
  note(FLAT_HOLDINGS_MAX + 1);
  assert.equal(holdings.find(0, 0), undefined);
  assert.notEqual(holdings.find(0, 2), undefined);
});
