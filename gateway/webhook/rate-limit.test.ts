import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fullBucket, takeToken } from './rate-limit.ts';

const LIMIT = { ratePerSecond: 10, burst: 3 };

test('takeToken: gives the burst at once, then says when the next token is there, and then gives it', () => {
  let bucket = fullBucket(LIMIT, 0);
  for (let request = 0; request < 3; request += 1) {
    const taken = takeToken(bucket, LIMIT, 0);
    assert.equal(taken.retryAfterMs, 0);
    bucket = taken.bucket;
  }
  const refused = takeToken(bucket, LIMIT, 0);
  assert.equal(refused.retryAfterMs, 100);
  assert.ok(takeToken(refused.bucket, LIMIT, 98).retryAfterMs > 0);
  assert.equal(takeToken(refused.bucket, LIMIT, 100).retryAfterMs, 0);
});

test('takeToken: never holds more than the burst, however long it rests', () => {
  assert.equal(takeToken({ tokens: 0, atMs: 0 }, LIMIT, 1e9).bucket.tokens, 2);
});

test('takeToken: a clock that stands still or goes back gives no tokens', () => {
  assert.ok(takeToken({ tokens: 0, atMs: 1_000 }, LIMIT, 500).retryAfterMs > 0);
});

test('takeToken: lets at most burst + rate × time through, and always after the promised wait', () => {
  const limit = fc.record({ ratePerSecond: fc.integer({ min: 1, max: 10_000 }), burst: fc.integer({ min: 1, max: 100 }) });
  fc.assert(
    fc.property(limit, fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { minLength: 1, maxLength: 200 }), (each, gapsMs) => {
      let nowMs = 0;
      let bucket = fullBucket(each, nowMs);
      let passed = 0;
      for (const gapMs of gapsMs) {
        nowMs += gapMs;
        const taken = takeToken(bucket, each, nowMs);
        bucket = taken.bucket;
        if (taken.retryAfterMs === 0) passed += 1;
        else assert.equal(takeToken(bucket, each, nowMs + taken.retryAfterMs).retryAfterMs, 0);
      }
      assert.ok(passed <= each.burst + (nowMs * each.ratePerSecond) / 1_000 + 1e-6);
    }),
  );
});
