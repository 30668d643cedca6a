/**
 * No identity makes the server write for it what it may not write itself. Each permitted publication is tried with every reply subject that could do
 * harm, and the state of a real server is the judge.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IDENTITY_NAMES } from '@flotilla/contracts/access/identities.ts';
import { attack } from './attack.ts';

const WALLED_IN = IDENTITY_NAMES.filter((name) => name !== 'operator');

for (const name of WALLED_IN) {
  test(`${name}: changes nothing beyond its rights, whatever reply subject it gives`, { timeout: 120_000 }, async (context) => {
    const { attemptCount, holes } = await attack(name, 'accounts');
    context.diagnostic(`${attemptCount} attempts`);
    assert.ok(attemptCount > 500, `expected hundreds of attempts, found ${attemptCount}`);
    assert.deepEqual(holes, []);
  });
}

test('one account for all: the suite finds the holes that it had', { timeout: 240_000 }, async (context) => {
  const holes = new Set<string>();
  for (const name of WALLED_IN) for (const hole of (await attack(name, 'flat')).holes) holes.add(hole);
  for (const hole of [...holes].toSorted()) context.diagnostic(hole);
  assert.ok(holes.size >= 12, `expected at least 12 kinds of hole, found ${holes.size}`);
  assert.ok(holes.has('deleted stream EXECUTIONS'));
  assert.ok(holes.has('stored a message under $KV.CONTROL.halt.main'));
});
