/** A real nats-server and redis-server with what the operator would provision, and gateways on them with the rights of their identity. */
import { pushClaims, TEST_NAMESPACE } from '@flotilla/runtime/testing/bus-identity.ts';
import { accountName } from '@flotilla/contracts/access/principal.ts';
import { GATEWAY_NAME, type GatewayStatus } from '@flotilla/contracts/control/gateway-status.ts';
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { accountClaims, closedClaims } from '@flotilla/runtime/identity/principal-account.ts';
import { openIdentityBus, openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type EventOf,
  type EventType,
  type GatewaySource,
  gatewayStatusSchema,
  keys,
  normaliserConsumer,
  parseEvent,
  type StoredMessage,
  STREAMS,
} from '@flotilla/contracts';
import {
  connectBus,
  connectStore,
  makeLogger,
  makeMetrics,
  type Logger,
  type Metrics,
  type NatsBus,
  noTracing,
  openBucket,
  systemClock,
  systemRng,
} from '@flotilla/runtime';
import { ensureConsumer } from '@flotilla/runtime/provision/ensure-consumer.ts';
import { ensureBucket, ensureStream } from '@flotilla/runtime/provision/ensure-stream.ts';
import { userLogin } from '@flotilla/runtime/identity/login.ts';
import { type StoreLogin, storeLoginOf } from '@flotilla/runtime/store-login.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type NatsServer, startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { type RedisServer, startRedis } from '@flotilla/runtime/testing/redis.ts';
import { renderStoreUsers, TEST_GATEWAY_KEY_PREFIX, TEST_GATEWAY_LOGIN } from '@flotilla/runtime/testing/store-users.ts';
import { startGateway } from '../gateway.ts';
import { makeAddressSet } from '../addresses/client-address.ts';

export const SECRET = 'a secret of tests, long enough';
export const DATA_FOLDER = fileURLToPath(new URL('../../examples/data', import.meta.url));

const COMMON = { venue: 'COINBASE', instruments: ['BTC-USD', 'ETH-USD'], ratePerSecond: 1_000, burst: 1_000 };

/** One source of each scheme, and one with a low rate. */
export const SOURCES: readonly GatewaySource[] = [
  { ...COMMON, name: 'alerts', scheme: 'Hmac', secretFile: 'secrets/alerts' },
  { ...COMMON, name: 'slow', scheme: 'Hmac', secretFile: 'secrets/alerts', ratePerSecond: 1, burst: 2 },
  {
    ...COMMON,
    name: 'tv',
    scheme: 'TradingView',
    secretFile: 'secrets/tv',
    sourceAddresses: ['127.0.0.1'],
    freshnessMs: 60_000,
    symbols: [{ symbol: 'COINBASE:BTCUSD', instrument: 'BTC-USD' }],
  },
  { ...COMMON, name: 'tv-far', scheme: 'TradingView', secretFile: 'secrets/tv', sourceAddresses: ['192.0.2.1'], freshnessMs: 60_000 },
  { ...COMMON, name: 'btc', scheme: 'Replay', datasets: ['btcusd-1s-2016-10-07', 'broken', 'eurusd-quotes-2014-05-01'] },
  { ...COMMON, name: 'small', venue: 'SMALL', instruments: ['EUR-USD'], scheme: 'Replay', datasets: ['eurusd-quotes-2014-05-01'] },
  { ...COMMON, name: 'fx', venue: 'FXCM', instruments: ['EUR-USD'], scheme: 'Replay', datasets: ['eurusd-quotes-2014-05-01'] },
];

export interface GatewayWorld {
  readonly nats: NatsServer;
  readonly redis: RedisServer;
  /** With every right, as the operator. */
  readonly bus: NatsBus;
  /** Asks as the command line does. */
  readonly commandLineBus: NatsBus;
  readonly sourcesFile: string;
  /** Writes the sources file, and the secrets of {@link SOURCES}. */
  writeSources(sources: readonly GatewaySource[]): void;
  /** Text is written with a line end, as `echo` writes it; bytes are written as they are. */
  writeSecret(name: string, secret: string | Uint8Array): void;
  /** Changes the login at Redis, as the kubelet does after the operator has changed the Secret. */
  writeStoreLogin(login: StoreLogin): void;
  /** In this process. Resolves when its health answers so. */
  startGateway(healthStatus?: 200 | 503): Promise<RunningGateway>;
  /** Closes the account of the normaliser at the bus, which ends its connection and admits no other, or opens the account again. */
  setNormaliser(state: 'Open' | 'Closed'): Promise<void>;
  /** What the gateway reported last. */
  report(): Promise<GatewayStatus | undefined>;
  /** Environment of a gateway process of its own. */
  environment(port: number, healthPort: number): Record<string, string>;
  /** The events of a stream, in order. */
  events<T extends EventType>(type: T, stream: 'SIGNALS' | 'POISON', subject: string): Promise<readonly EventOf<T>[]>;
  stop(): Promise<void>;
}

export interface RunningGateway {
  readonly url: string;
  /** Of health and metrics. */
  readonly healthUrl: string;
  readonly metrics: Metrics;
  stop(): Promise<void>;
}

export interface GatewayWorldOptions {
  /** The account of the gateway has the rights of the normaliser too, as an operator of a version before ADR 0114 gives them. */
  readonly isUndivided?: boolean;
}

export async function startWorld({ isUndivided = false }: GatewayWorldOptions = {}): Promise<GatewayWorld> {
  const [nats, redis] = await Promise.all([startNatsServer(), startRedis({ configText: renderStoreUsers() })]);
  const files = makeSourceFiles();
  const logger = makeLogger({ service: 'test', revision: 'test', level: process.env['LOG_LEVEL'] ?? 'silent' });
  const servers = { nats, redisUrl: redis.url, sourcesFile: files.sourcesFile, storeLoginDir: files.storeLoginDir, logger };
  const bus = await openTestBus({ url: nats.url, logger });
  const [credsFile, normaliserCredsFile] = [
    await nats.identity.credsFile({ role: 'Gateway', ...(isUndivided ? { normalises: true } : {}) }, nats.folder),
    await nats.identity.credsFile({ role: 'Normaliser' }, nats.folder),
  ];
  const commandLineBus = await openIdentityBus(nats, { role: 'Reader' });
  await provision(bus);
  const running = new Set<RunningGateway>();

  return {
    nats,
    redis,
    bus,
    commandLineBus,
    sourcesFile: files.sourcesFile,
    writeSources: files.writeSources,
    writeSecret: files.writeSecret,
    writeStoreLogin: files.writeStoreLogin,
    async startGateway(healthStatus = 200) {
      const gateway = await startOwnGateway(servers, (stopped) => running.delete(stopped));
      running.add(gateway);
      await eventually('its health answers', async () => (await fetch(`${gateway.healthUrl}/health`)).status === healthStatus);
      return gateway;
    },
    setNormaliser: (state) => pushNormaliser(nats, state),
    async report() {
      const entry = await openBucket(bus, 'STATUS').get(keys.gatewayStatus(GATEWAY_NAME));
      return entry && gatewayStatusSchema.parse(JSON.parse(Buffer.from(entry.value).toString('utf8')));
    },
    environment: (port, healthPort) => ({
      PORT: String(port),
      HEALTH_PORT: String(healthPort),
      NATS_URL: nats.url,
      NATS_CREDS_FILE: credsFile,
      NATS_NORMALISER_CREDS_FILE: normaliserCredsFile,
      REDIS_URL: redis.url,
      FLOTILLA_STORE_LOGIN_DIR: files.storeLoginDir,
      FLOTILLA_NAMESPACE: 'trading',
      FLOTILLA_SOURCES_FILE: files.sourcesFile,
      FLOTILLA_DATA_DIR: DATA_FOLDER,
      LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
    }),
    // A test may just have killed the server: reading waits until it is back.
    events: (type, stream, subject) =>
      eventually(`${stream} can be read`, async () => {
        const events = [];
        for await (const message of bus.read(stream, { subject, fromSequence: 1 })) events.push(eventOf(type, message));
        return events;
      }),
    async stop() {
      for (const gateway of running) await gateway.stop();
      await Promise.all([bus.close(), commandLineBus.close()]);
      await Promise.all([nats.stop(), redis.stop()]);
      files.remove();
    },
  };
}

/** Creates the streams, the consumer and the bucket that the operator would create for a gateway. */
async function provision(bus: NatsBus): Promise<void> {
  await ensureStream(bus, STREAMS.SIGNALS, { replicas: 1 });
  await ensureStream(bus, STREAMS.POISON, { replicas: 1 });
  await ensureConsumer(bus, normaliserConsumer());
  await ensureBucket(bus, 'STATUS', { replicas: 1 });
}

async function pushNormaliser({ url, identity }: NatsServer, state: 'Open' | 'Closed'): Promise<void> {
  const { operator } = identity.keys;
  const [claims] = accountClaims(TEST_NAMESPACE, [{ role: 'Normaliser' }], operator);
  assert(claims !== undefined, 'the normaliser has claims');
  const nowMs = systemClock.nowMs();
  const name = accountName(TEST_NAMESPACE, claims.principal);
  const jwt = state === 'Open' ? claims.sign(nowMs) : closedClaims(claims.account, name, operator, nowMs);
  await pushClaims([url], identity.keys, [{ account: claims.account, jwt }]);
}

interface SourceFiles extends Pick<GatewayWorld, 'sourcesFile' | 'writeSources' | 'writeSecret' | 'writeStoreLogin'> {
  readonly storeLoginDir: string;
  remove(): void;
}

/** Writes {@link SOURCES} and their secrets into a folder of its own, as the operator would mount them. */
function makeSourceFiles(): SourceFiles {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-gateway-'));
  const sourcesFile = join(folder, 'sources.json');
  const writeSecret = (name: string, secret: string | Uint8Array): void => {
    const path = join(folder, 'secrets', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof secret === 'string' ? `${secret}\n` : secret);
  };
  const writeSources = (sources: readonly GatewaySource[]): void =>
    writeFileSync(sourcesFile, JSON.stringify({ schemaVersion: 1, sources }));
  const storeLoginDir = join(folder, 'store');
  const writeStoreLogin = ({ user, password }: StoreLogin): void => {
    mkdirSync(storeLoginDir, { recursive: true });
    writeFileSync(join(storeLoginDir, 'user'), user);
    writeFileSync(join(storeLoginDir, 'password'), password);
  };
  writeStoreLogin(TEST_GATEWAY_LOGIN);
  writeSecret('alerts', SECRET);
  writeSecret('tv', SECRET);
  writeSources(SOURCES);
  return {
    sourcesFile,
    storeLoginDir,
    writeSources,
    writeSecret,
    writeStoreLogin,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

interface Servers {
  readonly nats: NatsServer;
  readonly redisUrl: string;
  readonly sourcesFile: string;
  readonly storeLoginDir: string;
  readonly logger: Logger;
}

/** Starts a gateway in this process, with connections of its own. */
async function startOwnGateway(
  { nats, redisUrl, sourcesFile, storeLoginDir, logger }: Servers,
  onStop: (gateway: RunningGateway) => void,
): Promise<RunningGateway> {
  const metrics = makeMetrics('gateway');
  const bus = await openIdentityBus(nats, { role: 'Gateway' });
  // Does not wait until the bus admits the normaliser, as the process of the gateway does not.
  const normaliserBus = await connectBus({
    url: nats.url,
    login: userLogin(await nats.identity.login({ role: 'Normaliser' })),
    name: 'test normaliser',
    logger,
    clock: systemClock,
  });
  const store = await connectStore({
    url: redisUrl,
    readLogin: storeLoginOf(storeLoginDir),
    keyPrefix: TEST_GATEWAY_KEY_PREFIX,
    logger,
    clock: systemClock,
  });
  const trustedProxies = makeAddressSet([]);
  if (typeof trustedProxies === 'string') throw new Error(trustedProxies);
  const gateway = await startGateway({
    bus,
    normaliserBus,
    store,
    clock: systemClock,
    rng: systemRng,
    logger,
    metrics,
    tracing: noTracing,
    revision: 'test',
    instance: 'gateway-test',
    host: '127.0.0.1',
    port: 0,
    healthPort: 0,
    drainMs: 0,
    sourcesFile,
    dataFolder: DATA_FOLDER,
    trustedProxies,
  });
  const result: RunningGateway = {
    url: `http://127.0.0.1:${gateway.port}`,
    healthUrl: `http://127.0.0.1:${gateway.healthPort}`,
    metrics,
    async stop() {
      onStop(result);
      await gateway.stop();
      await store.close();
      await Promise.all([bus.close(), normaliserBus.close()]);
    },
  };
  return result;
}

function eventOf<T extends EventType>(type: T, message: StoredMessage): EventOf<T> {
  return parseEvent(type, message.payload).event;
}

/** Seconds since the epoch, as `X-Timestamp` wants them. */
export function timestampNow(offsetS = 0): string {
  return String(Math.floor(Date.now() / 1_000) + offsetS);
}
