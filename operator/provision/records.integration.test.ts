import { CORE_API_PREFIX } from '@flotilla/contracts/access/core-account.ts';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { connectBus, type NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { bucketSubject } from '@flotilla/runtime/key-value.ts';
import { makeLogger } from '@flotilla/runtime/log.ts';
import { ensureBucket } from '@flotilla/runtime/provision/ensure-stream.ts';
import { startLaggingReplica } from '@flotilla/runtime/testing/lagging-replica.ts';
import { type NatsServer, startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openRecords } from './records.ts';

interface Note {
  readonly text: string;
}
const parse = (bytes: Uint8Array): Note | undefined => {
  const value = JSON.parse(Buffer.from(bytes).toString('utf8')) as Partial<Note>;
  return value.text === undefined ? undefined : { text: value.text };
};
const fails = (code: string) => (error: unknown) => error instanceof FlotillaError && error.code === code;

describe('openRecords on a real nats-server', () => {
  let server: NatsServer;
  let bus: NatsBus;
  const fence = { closed: false };
  const open = () =>
    openRecords(bus, 'CONTROL', () => {
      if (fence.closed) throw new FlotillaError('NOT_LEADING', 'closed');
    });
  const deleteKey = (key: string) =>
    bus.publish(bucketSubject('CONTROL', key), new Uint8Array(), { messageId: '', headers: { 'KV-Operation': 'DEL' } });
  before(async () => {
    server = await startNatsServer();
    const logger = makeLogger({ service: 'records-test', revision: 'test', level: 'fatal' });
    bus = await connectBus({ url: server.url, name: 'records-test', apiPrefix: CORE_API_PREFIX, logger, clock: systemClock });
    await ensureBucket(bus, 'CONTROL', { replicas: 1 });
  });
  after(async () => {
    await bus.close();
    await server.stop();
  });

  test('replace: refuses a writer who read an older record, and takes the one who read the newest', async () => {
    const [mine, other] = [open(), open()];
    assert.equal(await mine.read('a', parse), undefined);
    assert.equal(await other.read('a', parse), undefined);
    await mine.replace('a', { text: 'first' }, undefined);
    await assert.rejects(other.replace('a', { text: 'stale' }, undefined), fails('RECORD_CHANGED'));
    const read = await other.read('a', parse);
    const seen = await mine.read('a', parse);
    await other.replace('a', { text: 'second' }, read);
    await assert.rejects(mine.replace('a', { text: 'stale' }, seen), fails('RECORD_CHANGED'));
    assert.deepEqual(await mine.read('a', parse), { text: 'second' });
  });

  test('peek: shows the record, and gives no right to replace it', async () => {
    const records = open();
    assert.equal(await records.peek('p', parse), undefined);
    await assert.rejects(records.replace('p', { text: 'blind' }, undefined), TypeError);
    await records.read('p', parse);
    await records.replace('p', { text: 'first' }, undefined);
    const peeked = await open().peek('p', parse);
    assert.deepEqual(peeked, { text: 'first' });
    await assert.rejects(open().replace('p', { text: 'blind' }, peeked), TypeError);
  });

  test('replace: writes over what cannot be read and over what was deleted, but only what it saw of it', async () => {
    const records = open();
    await records.read('b', parse);
    await records.replace('b', { other: 1 }, undefined);
    assert.equal(await records.read('b', parse), undefined);
    await records.replace('b', { text: 'readable' }, undefined);
    await deleteKey('b');
    const late = open();
    assert.equal(await late.read('b', parse), undefined);
    await records.read('b', parse);
    await records.replace('b', { text: 'again' }, undefined);
    await assert.rejects(late.replace('b', { text: 'stale' }, undefined), fails('RECORD_CHANGED'));
  });

  test('read: with rememberMs gives what was written here, until another writer shows, it is told to forget, or the time is over', async () => {
    const mine = openRecords(bus, 'CONTROL', () => undefined, { rememberMs: 60_000 });
    const other = open();
    await mine.read('d', parse);
    const first = { text: 'first' };
    await mine.replace('d', first, undefined);
    assert.equal(await mine.read('d', parse), first);
    await other.replace('d', { text: 'of another' }, await other.read('d', parse));
    assert.equal(await mine.read('d', parse), first);
    await assert.rejects(mine.replace('d', { text: 'stale' }, first), fails('RECORD_CHANGED'));
    const second = await mine.read('d', parse);
    assert.deepEqual(second, { text: 'of another' });
    await mine.replace('d', { text: 'third' }, second);
    await deleteKey('d');
    assert.deepEqual(await mine.read('d', parse), { text: 'third' });
    mine.forget();
    assert.equal(await mine.read('d', parse), undefined);
    const brief = openRecords(bus, 'CONTROL', () => undefined, { rememberMs: Number.MIN_VALUE });
    await brief.read('e', parse);
    await brief.replace('e', first, undefined);
    assert.notEqual(await brief.read('e', parse), first);
  });

  test('replace: refuses when the fence is closed, and changes nothing', async () => {
    const records = open();
    const before = await records.read('a', parse);
    fence.closed = true;
    await assert.rejects(records.replace('a', { text: 'fenced' }, before), fails('NOT_LEADING'));
    fence.closed = false;
    assert.deepEqual(await records.read('a', parse), before);
  });

  test('replace: is a bug, when the record was not read before', async () => {
    await assert.rejects(open().replace('a', { text: 'blind' }, { text: 'made up' }), TypeError);
  });

  test('read: gives the newest record, when the replica that answers direct gets lags', async () => {
    const records = open();
    await records.read('l', parse);
    await records.replace('l', { text: 'newest' }, undefined);
    const replica = await startLaggingReplica(bus, server.url, ['KV_CONTROL']);
    try {
      assert.equal(await bus.last('KV_CONTROL', bucketSubject('CONTROL', 'l')), undefined, 'the stand-in lags');
      assert.deepEqual(await open().read('l', parse), { text: 'newest' });
    } finally {
      await replica.close();
    }
  });
});
