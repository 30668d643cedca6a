import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeConnectDelays } from './connect-delays.ts';

/** Without jitter each delay is its ceiling. */
const rng = { next: () => 0 };
const clock = { monotonicMs: () => 0 };

test('makeConnectDelays: a server that is not reachable is tried often, however long it is away', () => {
  const delays = makeConnectDelays(rng, clock);
  for (let tries = 0; tries < 20; tries += 1) {
    delays.onTry();
    assert.equal(delays.delayMs(), 200);
  }
});

test('makeConnectDelays: delays grow while the server is reached and admits no client, up to five seconds', () => {
  const delays = makeConnectDelays(rng, clock);
  const found = Array.from({ length: 8 }, () => {
    delays.onTry();
    delays.onAsked();
    return delays.delayMs();
  });
  assert.deepEqual(found, [200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
});

test('makeConnectDelays: after a connection the first delay is short again', () => {
  const delays = makeConnectDelays(rng, clock);
  for (let tries = 0; tries < 5; tries += 1) delays.onAsked();
  delays.onConnected();
  assert.equal(delays.delayMs(), 200);
  delays.onTry();
  delays.onAsked();
  assert.equal(delays.delayMs(), 200);
});

test('makeConnectDelays: a server that refused and then is gone is tried often', () => {
  const delays = makeConnectDelays(rng, clock);
  for (let tries = 0; tries < 6; tries += 1) delays.onAsked();
  delays.onTry();
  assert.equal(delays.delayMs(), 200);
});

test('makeConnectDelays: gives the same delay until the next try', () => {
  let next = 0;
  const delays = makeConnectDelays({ next: () => (next = (next + 0.37) % 1) }, clock);
  delays.onTry();
  delays.onAsked();
  assert.equal(delays.delayMs(), delays.delayMs());
});

test('makeConnectDelays: the wait does not count the time that a long try took', () => {
  let nowMs = 1_000;
  const delays = makeConnectDelays(rng, { monotonicMs: () => nowMs });
  delays.onTry();
  delays.onAsked();
  nowMs += 2_000;
  assert.equal(delays.delayFromBeginMs(), 2_200);
  nowMs += 150;
  assert.equal(delays.delayFromBeginMs(), 2_200);
  assert.equal(delays.delayMs(), 200);
});
