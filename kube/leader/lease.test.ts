import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextLeaseMove, releasedLease } from './lease.ts';

const self = { identity: 'me', durationMs: 8_000 };
const now = { monotonicMs: 100_000, wallMs: Date.parse('2026-01-01T00:00:00.123Z') };
const other = { holderIdentity: 'other', leaseDurationSeconds: 8, leaseTransitions: 3 };

test('nextLeaseMove: creates a lease that does not exist, with times of six digits', () => {
  assert.deepEqual(nextLeaseMove(undefined, self, now), {
    type: 'take',
    spec: {
      holderIdentity: 'me',
      leaseDurationSeconds: 8,
      renewTime: '2026-01-01T00:00:00.123000Z',
      acquireTime: '2026-01-01T00:00:00.123000Z',
      leaseTransitions: 0,
    },
  });
});

test('nextLeaseMove: waits while the holder may still be alive by our own clock, whatever the times in the lease say', () => {
  const spec = { ...other, renewTime: '1999-01-01T00:00:00.000000Z' };
  assert.deepEqual(nextLeaseMove({ spec, seenAtMs: 92_001, resourceVersion: '1' }, self, now), { type: 'wait', holder: 'other', forMs: 1 });
});

test('nextLeaseMove: takes over, when the holder was silent for its whole duration, and counts it', () => {
  const move = nextLeaseMove({ spec: other, seenAtMs: 92_000, resourceVersion: '1' }, self, now);
  assert.equal(move.type, 'take');
  assert.equal(move.type === 'take' && move.spec.leaseTransitions, 4);
});

test('nextLeaseMove: takes a released lease at once', () => {
  assert.equal(
    nextLeaseMove({ spec: releasedLease(other, now.wallMs), seenAtMs: now.monotonicMs, resourceVersion: '1' }, self, now).type,
    'take',
  );
});

test('nextLeaseMove: waits after its lease was deleted as long as for a silent holder', () => {
  assert.equal(nextLeaseMove({ spec: other, seenAtMs: 92_001, resourceVersion: undefined }, self, now).type, 'wait');
  assert.equal(nextLeaseMove({ spec: other, seenAtMs: 92_000, resourceVersion: undefined }, self, now).type, 'take');
});

test('nextLeaseMove: renews its own and keeps when it was acquired', () => {
  const spec = { ...other, holderIdentity: 'me', acquireTime: 'then' };
  const move = nextLeaseMove({ spec, seenAtMs: 0, resourceVersion: '1' }, self, now);
  assert.deepEqual(move, { type: 'renew', spec: { ...spec, renewTime: '2026-01-01T00:00:00.123000Z' } });
});
