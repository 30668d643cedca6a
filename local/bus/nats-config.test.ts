import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeBusKeys } from '@flotilla/runtime/identity/bus-keys.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { portTable } from '../addresses/ports.ts';
import { stateFolder } from '../files/state-folder.ts';
import { natsConfig } from './nats-config.ts';

interface Config {
  readonly listen: string;
  readonly http: string;
  readonly jetstream: { readonly sync_interval: string; readonly store_dir: string };
  readonly operator: string;
  readonly resolver: { readonly type: string; readonly dir: string };
  readonly resolver_preload: Readonly<Record<string, string>>;
  readonly default_sentinel: string;
}

const KEYS = makeBusKeys(systemRng, 0);

function configText(): string {
  return natsConfig(portTable(1_000), stateFolder('/state'), KEYS.server);
}

test('natsConfig: listens on the loopback device only, on the moved ports, and syncs every write', () => {
  const { listen, http, jetstream } = JSON.parse(configText()) as Config;
  assert.deepEqual([listen, http], ['127.0.0.1:8222', '127.0.0.1:8822']);
  assert.deepEqual(jetstream, { ...jetstream, sync_interval: 'always', store_dir: '/state/data/nats' });
});

test('natsConfig: takes the accounts of the keys, and keeps those that the operator adds beside the data', () => {
  const config = JSON.parse(configText()) as Config;
  assert.equal(config.operator, KEYS.server.operatorJwt);
  assert.ok(KEYS.operator.core in config.resolver_preload);
  assert.deepEqual([config.resolver.type, config.resolver.dir], ['full', '/state/data/nats-accounts']);
  assert.equal(config.default_sentinel, KEYS.server.sentinelJwt, 'the callout decides on connections without claims');
});

test('natsConfig: holds no seed', () => {
  const { rootSeed, operator, callout } = KEYS;
  for (const seed of [rootSeed, operator.claimsSeed, operator.coreLogin.seed, callout.podSigningSeed, callout.login.seed])
    assert.ok(!configText().includes(seed));
});
