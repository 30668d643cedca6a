import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts';
import type { NatsBus } from './bus/connect-bus.ts';
import { openBucket } from './key-value.ts';
import { ensureBucket } from './provision/ensure-stream.ts';
import { eventually } from './testing/eventually.ts';
import { type NatsServer, startNatsServer } from './testing/nats-server.ts';
import { openTestBus } from './testing/open-test-bus.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : new TextDecoder().decode(bytes));

let server: NatsServer;
let bus: NatsBus;

before(async () => {
  server = await startNatsServer();
  bus = await openTestBus(server);
  await ensureBucket(bus, 'CONTROL', { replicas: 1 });
});
after(async () => {
  await bus.close();
  await server.stop();
});

describe('openBucket', () => {
  test('get: gives the last value with its revision, when the key was put twice', async () => {
    const bucket = openBucket(bus, 'CONTROL');
    assert.equal(await bucket.get('halt.twice'), undefined);
    const first = await bucket.put('halt.twice', encode('a'));
    const second = await bucket.put('halt.twice', encode('b'));
    assert.ok(second > first);
    const entry = await bucket.get('halt.twice');
    assert.deepEqual([entry?.key, decode(entry?.value), entry?.revision], ['halt.twice', 'b', second]);
  });

  test('get: gives undefined, when another NATS KV client deleted the key', async () => {
    const bucket = openBucket(bus, 'CONTROL');
    await bucket.put('halt.deleted', encode('a'));
    await bus.publish('$KV.CONTROL.halt.deleted', new Uint8Array(), { messageId: '', headers: { 'KV-Operation': 'DEL' } });
    assert.equal(await bucket.get('halt.deleted'), undefined);
  });

  test('watch: gives a value again and again, until the callback takes it without an error', async () => {
    const bucket = openBucket(bus, 'CONTROL');
    await bucket.put('halt.stubborn', encode('a'));
    const seen: string[] = [];
    let looks = 0;
    const watch = await bucket.watch(
      'halt.stubborn',
      (entry) => {
        seen.push(decode(entry.value) ?? '');
        if (seen.length === 1) throw new FlotillaError('EVENT_MALFORMED', 'expected a record');
        assert.equal(looks, 0);
      },
      { onLook: () => (looks += 1) },
    );
    await eventually('the value comes again', () => looks > 0);
    assert.deepEqual(seen, ['a', 'a']);
    watch.unsubscribe();
  });

  test('watch: gives the current value first, then the newest value after each change', async () => {
    const bucket = openBucket(bus, 'CONTROL');
    await bucket.put('halt.watched', encode('0'));
    const seen: string[] = [];
    const watch = await bucket.watch('halt.watched', (entry) => seen.push(decode(entry.value) ?? ''));
    assert.deepEqual(seen, ['0']);
    for (let index = 1; index <= 20; index += 1) {
      await bucket.put('halt.watched', encode(String(index)));
      await eventually('the watcher sees it', () => seen.at(-1) === String(index));
    }
    watch.unsubscribe();
    await bucket.put('halt.watched', encode('unseen'));
    await bus.last('KV_CONTROL', '$KV.CONTROL.halt.watched');
    assert.deepEqual(
      seen,
      Array.from({ length: 21 }, (_, index) => String(index)),
    );
  });

  test('watch: sees a put within 250 ms at the median, far below its poll of a second', async () => {
    const bucket = openBucket(bus, 'CONTROL');
    let wake = Promise.withResolvers<void>();
    const watch = await bucket.watch('halt.fast', () => wake.resolve());
    const delaysMs: number[] = [];
    for (let index = 0; index < 21; index += 1) {
      wake = Promise.withResolvers();
      const startMs = performance.now();
      await bucket.put('halt.fast', encode(String(index)));
      await wake.promise;
      delaysMs.push(performance.now() - startMs);
    }
    watch.unsubscribe();
    const medianMs = delaysMs.sort((a, b) => a - b)[10]!;
    assert.ok(medianMs < 250, `expected below 250 ms, found ${medianMs}`);
  });

  test('watch: gives the value that was put while the connection was broken', async () => {
    const writer = await openTestBus(server);
    const seen: string[] = [];
    const watch = await openBucket(bus, 'CONTROL').watch('halt.away', (entry) => seen.push(decode(entry.value) ?? ''));
    await server.kill();
    await server.restart();
    await eventually('the writer is back', async () => openBucket(writer, 'CONTROL').put('halt.away', encode('after')));
    await eventually('the watcher sees it', () => seen.at(-1) === 'after');
    watch.unsubscribe();
    await writer.close();
  });

  test('watch: calls onLook after every look, also after one that finds no new value', async () => {
    const bucket = openBucket(bus, 'CONTROL');
    await bucket.put('halt.looked', encode('a'));
    const told: string[] = [];
    const beforeMs = bus.clock.monotonicMs();
    const onLook = (begunMs: number) => void told.push(begunMs >= beforeMs ? 'look' : 'too early');
    const watch = await bucket.watch('halt.looked', (entry) => void told.push(decode(entry.value) ?? ''), { onLook });
    await eventually('a second look', () => told.filter((what) => what === 'look').length >= 2);
    assert.deepEqual(told.slice(0, 3), ['a', 'look', 'look']);
    watch.unsubscribe();
  });

  test('ensureBucket: forbids rollup headers, when the version before created the bucket', async () => {
    const info = () => bus.callApi<{ readonly config: { readonly allow_rollup_hdrs: boolean } }>('STREAM.INFO.KV_CONTROL');
    const { config } = await info();
    await bus.callApi('STREAM.UPDATE.KV_CONTROL', { ...config, allow_rollup_hdrs: true });
    await ensureBucket(bus, 'CONTROL', { replicas: 1 });
    assert.equal((await info()).config.allow_rollup_hdrs, false);
  });

  test('watch: begins, when the bucket is created later', async () => {
    const watching = openBucket(bus, 'CONFIG').watch('exec.late', (entry) => seen.push(decode(entry.value) ?? ''));
    const seen: string[] = [];
    await assert.rejects(openBucket(bus, 'CONFIG').get('exec.late'), (error) => error instanceof FlotillaError && error.retry === 'later');
    await ensureBucket(bus, 'CONFIG', { replicas: 1 });
    const watch = await watching;
    await openBucket(bus, 'CONFIG').put('exec.late', encode('here'));
    await eventually('the watcher sees it', () => seen.includes('here'));
    watch.unsubscribe();
  });
});
