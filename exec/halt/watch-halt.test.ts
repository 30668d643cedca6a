import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, FlotillaError, type KeyValue, type WatchKeyOptions } from '@flotilla/contracts';
import { HALT_CONFIRMATION_AGE_MS_MAX } from '../gate/gate-state.ts';
import { haltFixture, PORTFOLIO } from '../testing/fixtures.ts';
import { watchHalt } from './watch-halt.ts';

/** A bucket of which each look fails with `failure`, or confirms now. */
async function setUp(failure?: Error) {
  let nowMs = 1_000;
  let confirmedAtMs: number | undefined;
  let looks = 0;
  let stops = 0;
  const seen: unknown[] = [];
  const pushed: WatchKeyOptions[] = [];
  const control: Pick<KeyValue, 'watch'> = {
    watch(key, _onEntry, options = {}) {
      seen.push(key);
      pushed.push(options);
      return Promise.resolve({
        look() {
          looks += 1;
          if (failure === undefined) confirmedAtMs = nowMs;
          return failure === undefined ? Promise.resolve() : Promise.reject(failure);
        },
        unsubscribe: () => void (stops += 1),
      });
    },
  };
  const clock: Pick<Clock, 'monotonicMs'> = { monotonicMs: () => nowMs };
  const watch = await watchHalt({
    control: control as KeyValue,
    portfolio: PORTFOLIO,
    clock: clock as Clock,
    halt: {
      confirmedAtMs: () => confirmedAtMs,
      onLook: (value: Uint8Array | undefined, atMs: number) => void seen.push([value, atMs]),
    } as Parameters<typeof watchHalt>[0]['halt'],
  });
  return {
    watch,
    seen,
    onLook: pushed[0]?.onLook,
    pollMs: pushed[0]?.pollMs,
    advance: (byMs: number) => (nowMs += byMs),
    confirm: () => (confirmedAtMs = nowMs),
    looks: () => looks,
    stops: () => stops,
  };
}

test('watchHalt: gives each look to the halt with the time at which it began, also when no record is there', async () => {
  const { seen, onLook, pollMs } = await setUp();
  const value = new TextEncoder().encode(JSON.stringify(haltFixture(1, 'RELEASED')));
  onLook?.(7, { key: 'k', value, revision: 1, storedAtMs: 0 });
  onLook?.(8, undefined);
  assert.match(String(seen[0]), /main/);
  assert.deepEqual(seen.slice(1), [
    [value, 7],
    [undefined, 8],
  ]);
  assert.ok(pollMs !== undefined && pollMs < HALT_CONFIRMATION_AGE_MS_MAX / 2, 'several looks fit into the age that the gate allows');
});

test('freshen: looks only when the last confirmation is half as old as the gate allows, or when there is none', async () => {
  const { watch, confirm, advance, looks } = await setUp();
  await watch.freshen();
  assert.equal(looks(), 1, 'no confirmation yet');
  confirm();
  advance(HALT_CONFIRMATION_AGE_MS_MAX / 2 - 1);
  await watch.freshen();
  assert.equal(looks(), 1, 'one step below');
  advance(1);
  await watch.freshen();
  assert.equal(looks(), 2, 'at the bound');
});

test('freshen: resolves when the bus is away, because the gate closes by itself, and rejects for a bug', async () => {
  await (await setUp(new FlotillaError('BUS_UNAVAILABLE', 'away'))).watch.freshen();
  await assert.rejects((await setUp(new TypeError('bug'))).watch.freshen(), TypeError);
});

test('stop: ends the watch', async () => {
  const { watch, stops } = await setUp();
  watch.stop();
  assert.equal(stops(), 1);
});
