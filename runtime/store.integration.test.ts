import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FlotillaError, type Store } from '@flotilla/contracts';
import { systemClock } from './clock.ts';
import { connectStore, type StoreOptions } from './store.ts';
import type { StoreLogin } from './store-login.ts';
import { eventually } from './testing/eventually.ts';
import { testLogger } from './testing/open-test-bus.ts';
import { type RedisServer, startRedis } from './testing/redis.ts';
import { renderStoreUsers, TEST_GATEWAY_KEY_PREFIX, TEST_GATEWAY_LOGIN } from './testing/store-users.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const failsWith =
  (...codes: string[]) =>
  (error: unknown) =>
    error instanceof FlotillaError && codes.includes(error.code);

let server: RedisServer;
let gateway: Store;

const options = (login: StoreLogin = TEST_GATEWAY_LOGIN): StoreOptions => ({
  url: server.url,
  readLogin: () => Promise.resolve(login),
  keyPrefix: TEST_GATEWAY_KEY_PREFIX,
  logger: testLogger(),
  clock: systemClock,
});

const open = async (more: Partial<StoreOptions> = {}): Promise<Store> => {
  const store = await connectStore({ ...options(), ...more });
  await eventually('the store connects', () => store.connected());
  return store;
};

before(async () => {
  server = await startRedis({ configText: renderStoreUsers() });
  gateway = await open();
});
after(async () => {
  await gateway.close();
  await server.stop();
});

describe('connectStore', () => {
  test('get: gives the bytes that were set, when they are not text', async () => {
    const value = new Uint8Array([0, 255, 128, 10]);
    assert.equal(await gateway.get('bytes'), undefined);
    await gateway.set('bytes', value);
    assert.deepEqual(await gateway.get('bytes'), value);
  });

  test('setIfAbsent: is true once, until the time has passed', async () => {
    assert.equal(await gateway.setIfAbsent('a:1', '1', 150), true);
    assert.equal(await gateway.setIfAbsent('a:1', '1', 150), false);
    await eventually('it expires', () => gateway.setIfAbsent('a:1', '1', 150));
  });

  test('connectStore: is refused the keys of another identity, when it tries them', async () => {
    const other = await open({ keyPrefix: 'nonce:other:' });
    await assert.rejects(other.set('x', encode('x')), failsWith('STORE_UNAVAILABLE'));
    await other.close();
  });

  test('connectStore: is refused, when the password is wrong', async () => {
    const stranger = await connectStore(options({ ...TEST_GATEWAY_LOGIN, password: 'no' }));
    await assert.rejects(stranger.get('a:1'), failsWith('STORE_UNAVAILABLE'));
    assert.equal(stranger.connected(), false);
    await stranger.close();
  });

  test('connectStore: fails at once and then works again with its data, when the server dies and returns', async () => {
    await gateway.set('kept', encode('kept'));
    await server.kill();
    await eventually('the breaker opens', async () => {
      const startMs = performance.now();
      const code = await gateway.get('kept').then(
        () => '',
        (error: FlotillaError) => error.code,
      );
      return code === 'CIRCUIT_OPEN' && performance.now() - startMs < 50;
    });
    await server.restart();
    const value = await eventually('it answers again', () => gateway.get('kept'));
    assert.deepEqual(value, encode('kept'));
  });

  test('connectStore: fails a command after its timeout, when the server hangs', async () => {
    server.pause();
    const startMs = performance.now();
    await assert.rejects(gateway.get('kept'), failsWith('STORE_UNAVAILABLE', 'CIRCUIT_OPEN'));
    server.resume();
    assert.ok(performance.now() - startMs < 3_000);
    await eventually('it answers again', () => gateway.get('kept'));
  });
});
