import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeManualClock } from '../testing/manual-clock.ts';
import { makeKeySpacing } from './key-spacing.ts';

test('makeKeySpacing: holds back a key until the spacing is over, from the start of its last reconciliation, and no other key', async () => {
  const clock = makeManualClock();
  const spacing = makeKeySpacing(clock, 100);
  assert.equal(spacing.waitMs('a'), 0);
  spacing.began('a');
  assert.deepEqual([spacing.waitMs('a'), spacing.waitMs('b')], [100, 0]);
  await clock.advance(60);
  assert.equal(spacing.waitMs('a'), 40);
  spacing.began('a');
  await clock.advance(60);
  assert.equal(spacing.waitMs('a'), 40, 'the timer of the first look must not end the second rest');
  await clock.advance(40);
  assert.equal(spacing.waitMs('a'), 0);
  assert.equal(clock.timers, 0);
});

test('makeKeySpacing: remembers no key, when the spacing is 0', () => {
  const clock = makeManualClock();
  const spacing = makeKeySpacing(clock, 0);
  spacing.began('a');
  assert.deepEqual([spacing.waitMs('a'), clock.timers], [0, 0]);
});
