import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNSEEN_STATUS } from '@flotilla/contracts/resources/fields.ts';
import { makeObject } from '../testing/objects.ts';
import { makePending } from './pending.ts';
import { reconciling, statusBase } from './standard-conditions.ts';

const fixture = () => {
  const clock = { nowMs: 5_000, monotonicMs: () => clock.nowMs };
  const spec = {};
  return { clock, pending: makePending(clock, 2_000), fresh: { ...makeObject('Strategy', 's', spec), status: UNSEEN_STATUS } };
};

test('leftMs: counts from the first question on, and ends', () => {
  const { clock, pending, fresh } = fixture();
  assert.equal(pending.leftMs(fresh), 2_000);
  clock.nowMs += 1_500;
  assert.equal(pending.leftMs({ ...fresh, metadata: { ...fresh.metadata, resourceVersion: '2' } }), 500);
  clock.nowMs += 1_500;
  assert.equal(pending.leftMs(fresh), 0);
});

test('leftMs: is 0 for what somebody has spoken of, for what leaves, and for what has no spec', () => {
  const { pending, fresh } = fixture();
  assert.equal(pending.leftMs({ ...fresh, status: statusBase(fresh, reconciling('AgentStarting', ''), 0) }), 0);
  assert.equal(pending.leftMs({ ...fresh, metadata: { ...fresh.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }), 0);
  assert.equal(pending.leftMs({ ...fresh, spec: undefined }), 0);
});

test('leftMs: knows two objects apart that ask for the same', () => {
  const { clock, pending, fresh } = fixture();
  pending.leftMs(fresh);
  clock.nowMs += 1_500;
  assert.equal(pending.leftMs({ ...fresh, spec: {} }), 2_000);
});

test('leftMs: takes an object without any status for a new one', () => {
  const { pending, fresh } = fixture();
  assert.equal(pending.leftMs({ ...fresh, status: undefined }), 2_000);
});
