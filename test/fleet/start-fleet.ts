/**
 * A whole fleet without a cluster: nats-server, redis-server, gateway, one alert agent, exec and audit as processes of this machine,
 * provisioned as the operator would. For tests and benches that must kill, freeze and measure single services.
 */
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  agentConsumer,
  auditConsumer,
  BUCKETS,
  type BucketName,
  encodeEvent,
  execConsumer,
  formatTime,
  type InstrumentDefinition,
  keys,
  normaliserConsumer,
  STREAMS,
  type StreamName,
} from '@flotilla/contracts';
import { ensureBucket, ensureConsumer, ensureStream, openBucket } from '@flotilla/runtime';
import { startNatsServer, type NatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { startRedis, type RedisServer } from '@flotilla/runtime/testing/redis.ts';
import { renderStoreUsers, TEST_GATEWAY_LOGIN } from '@flotilla/runtime/testing/store-users.ts';
import { freePort } from '@flotilla/runtime/testing/free-port.ts';
import { execConfig, fleetInstruments, gatewayConfig, PORTFOLIO, released, STRATEGY } from './fleet-config.ts';
import { startServiceProcess, type ServiceProcess } from './service-process.ts';

const root = join(import.meta.dirname, '../..');

export interface FleetOptions {
  /** Of the paper venue. */
  readonly latencyMs: number;
  /** Position that the alert agent takes. */
  readonly quantity: string;
  /** Default 1: BTC-USD. */
  readonly instruments?: number;
  /** For every service. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Fleet {
  readonly bus: Awaited<ReturnType<typeof openTestBus>>;
  readonly nats: NatsServer;
  readonly redis: RedisServer;
  readonly services: Readonly<Record<'gateway' | 'agent' | 'exec' | 'audit', ServiceProcess>>;
  readonly gatewayUrl: string;
  readonly secret: Buffer;
  readonly auditFolder: string;
  stop(): Promise<void>;
}

export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-fleet-'));
  const [nats, redis] = await Promise.all([startNatsServer(), startRedis({ configText: renderStoreUsers() })]);
  const bus = await openTestBus({ url: nats.url });
  const instruments = fleetInstruments(options.instruments ?? 1);
  await provision(bus, options.latencyMs, instruments);
  const secret = randomBytes(32);
  const secretFile = join(folder, 'secret');
  writeFileSync(secretFile, secret.toString('hex'));
  writeFileSync(join(folder, 'sources.json'), JSON.stringify(gatewayConfig(secretFile, instruments)));
  const storeLoginFolder = join(folder, 'store');
  writeStoreLogin(storeLoginFolder);
  const auditFolder = join(folder, 'audit');
  mkdirSync(auditFolder);
  const connections = { NATS_URL: nats.url, REDIS_URL: redis.url, LOG_LEVEL: 'info', ...options.environment };
  const start = async (name: string, entry: string, environment: Readonly<Record<string, string>>): Promise<ServiceProcess> => {
    const port = await freePort();
    const healthPort = name === 'gateway' ? await freePort() : port;
    return startServiceProcess({ name, entry, port, healthPort, logPath: join(folder, `${name}.log`), environment });
  };
  const services = {
    audit: await start('audit', 'audit/main.ts', {
      ...connections,
      ...(await login(nats, { role: 'AuditWriter' })),
      FLOTILLA_AUDIT_DIR: auditFolder,
    }),
    exec: await start('exec', 'exec/main.ts', {
      ...connections,
      ...(await login(nats, { role: 'Exec', portfolio: PORTFOLIO })),
      FLOTILLA_PORTFOLIO: PORTFOLIO,
    }),
    agent: await start('agent', 'agents/main.ts', {
      ...connections,
      ...(await login(nats, { role: 'SignalAgent', portfolio: PORTFOLIO, strategy: STRATEGY })),
      FLOTILLA_PORTFOLIO: PORTFOLIO,
      FLOTILLA_STRATEGY: STRATEGY,
      FLOTILLA_AGENT: 'Alert',
      FLOTILLA_PARAMETERS: JSON.stringify({ quantity: options.quantity, allowShort: true }),
      FLOTILLA_INSTRUMENTS: JSON.stringify(instruments),
      FLOTILLA_DECISION_MODE: 'Direct',
      FLOTILLA_AGENT_KEY: randomBytes(32).toString('base64'),
    }),
    gateway: await start('gateway', 'gateway/main.ts', {
      ...connections,
      ...(await login(nats, { role: 'Gateway' })),
      NATS_NORMALISER_CREDS_FILE: await nats.identity.credsFile({ role: 'Normaliser' }, nats.folder),
      FLOTILLA_NAMESPACE: 'trading',
      FLOTILLA_STORE_LOGIN_DIR: storeLoginFolder,
      FLOTILLA_SOURCES_FILE: join(folder, 'sources.json'),
      FLOTILLA_DATA_DIR: join(root, 'examples/data'),
    }),
  };
  return {
    bus,
    nats,
    redis,
    services,
    gatewayUrl: `http://127.0.0.1:${services.gateway.port}`,
    secret: Buffer.from(secret.toString('hex')),
    auditFolder,
    async stop() {
      await Promise.all(Object.values(services).map((service) => service.stop()));
      await bus.close();
      await Promise.all([nats.stop(), redis.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function provision(bus: Fleet['bus'], latencyMs: number, instruments: readonly InstrumentDefinition[]): Promise<void> {
  for (const stream of Object.values(STREAMS)) await ensureStream(bus, stream, { replicas: 1 });
  for (const bucket of Object.keys(BUCKETS) as BucketName[]) await ensureBucket(bus, bucket, { replicas: 1 });
  for (const consumer of [
    normaliserConsumer(),
    agentConsumer(
      PORTFOLIO,
      STRATEGY,
      instruments.map(({ symbol }) => symbol),
    ),
    execConsumer(PORTFOLIO),
    ...(Object.keys(STREAMS) as StreamName[]).map(auditConsumer),
  ]) {
    await ensureConsumer(bus, consumer);
  }
  await openBucket(bus, 'CONFIG').put(keys.execConfig(PORTFOLIO), encodeEvent(execConfig(latencyMs, instruments)));
  await openBucket(bus, 'CONTROL').put(keys.halt(PORTFOLIO), encodeEvent(released(formatTime(Date.now()))));
}

/** The login of the gateway as a mounted Secret has it. */
function writeStoreLogin(folder: string): void {
  mkdirSync(folder);
  writeFileSync(join(folder, 'user'), TEST_GATEWAY_LOGIN.user);
  writeFileSync(join(folder, 'password'), TEST_GATEWAY_LOGIN.password);
}

/** Each service has the rights that it has in production. */
async function login(nats: NatsServer, principal: Principal): Promise<Readonly<Record<string, string>>> {
  return { NATS_CREDS_FILE: await nats.identity.credsFile(principal, nats.folder) };
}
