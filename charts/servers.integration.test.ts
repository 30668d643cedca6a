/** What the chart renders, run by real servers: the bus as a cluster of three with the keys of the credentials job, the callout, and the store. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { BUS_KEY_SECRETS } from '@flotilla/contracts/access/credential-secrets.ts';
import { type StreamName, STREAMS } from '@flotilla/contracts/bus/streams.ts';
import { tryProgram } from '@flotilla/local/processes/run-program.ts';
import { probeText } from '@flotilla/local/processes/probe-endpoint.ts';
import { credentialSecrets } from '@flotilla/operator/credentials/credential-secrets.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { ensureStream } from '@flotilla/runtime/provision/ensure-stream.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { findBinary } from '@flotilla/runtime/testing/find-binary.ts';
import { makeBusIdentity, type TestPrincipal } from '@flotilla/runtime/testing/bus-identity.ts';
import { openIdentityBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { freePort } from '@flotilla/runtime/testing/free-port.ts';
import { type ServerProcess, startServerProcess } from '@flotilla/runtime/testing/server-process.ts';
import { CHART_MATRIX } from './testing/chart-matrix.ts';
import { findObject, renderedEnvironment, testPassword, writeMoved } from './testing/rendered-config.ts';

const SERVERS = [0, 1, 2] as const;
/** A busy machine elects slowly. */
const ELECTION_MS_MAX = 60_000;
const natsServers: ServerProcess[] = [];
const monitorPorts: number[] = [];
const buses: NatsBus[] = [];
const identity = makeBusIdentity(() => natsServers.map(urlOf));
const secrets = secretTexts();
let callout: ServerProcess;
let redis: ServerProcess;

before(async () => {
  const config = await findObject(CHART_MATRIX.durable, 'ConfigMap', 'flotilla-nats');
  const clusterPorts = await Promise.all(SERVERS.map(() => freePort()));
  monitorPorts.push(...(await Promise.all(SERVERS.map(() => freePort()))));
  const statefulSet = await findObject(CHART_MATRIX.durable, 'StatefulSet', 'flotilla-nats');
  const onThisMachine = (variable: string): string =>
    variable.replace(/@flotilla-nats-(\d)[^:]*:6222/, (_, index: string) => `@127.0.0.1:${clusterPorts[Number(index)]}`);
  for (const index of SERVERS) {
    const configure = (port: number, folder: string): readonly string[] => {
      writeMoved(config, folder, {
        '0.0.0.0:4222': `127.0.0.1:${port}`,
        '0.0.0.0:6222': `127.0.0.1:${clusterPorts[index]}`,
        '0.0.0.0:8222': `127.0.0.1:${monitorPorts[index]}`,
        'store_dir: /data': `store_dir: ${join(folder, 'data')}`,
        '/run/nats/': `${folder}/`,
      });
      const serverIdentity = secrets.get(BUS_KEY_SECRETS.server.name) ?? '';
      writeFileSync(join(folder, 'identity.conf'), serverIdentity.replace('"/data/accounts"', JSON.stringify(join(folder, 'accounts'))));
      const variables = renderedEnvironment(statefulSet, `flotilla-nats-${index}`).map(onThisMachine);
      return ['-i', ...variables, findBinary('nats-server'), '--config', join(folder, 'nats.conf')];
    };
    natsServers.push(await startServerProcess({ name: `nats-${index}`, command: '/usr/bin/env', configure }));
  }
  callout = await startCallout();
  redis = await startRedis();
});
after(async () => {
  await Promise.all(buses.map((bus) => bus.close()));
  await Promise.all([callout, ...natsServers, redis].map((server) => server.stop()));
});

async function startCallout(): Promise<ServerProcess> {
  const variables = renderedEnvironment(await findObject(CHART_MATRIX.durable, 'Deployment', 'flotilla-callout'), 'flotilla-callout-0');
  const configure = (port: number, folder: string): readonly string[] => {
    const file = join(folder, BUS_KEY_SECRETS.callout.key);
    writeFileSync(file, secrets.get(BUS_KEY_SECRETS.callout.name) ?? '');
    const here = [`HOST=127.0.0.1`, `PORT=${port}`, `NATS_URL=${natsServers.map(urlOf)[0]}`, `FLOTILLA_BUS_IDENTITY_FILE=${file}`];
    return ['-i', ...variables, ...here, process.execPath, join(import.meta.dirname, '..', 'operator', 'callout', 'main.ts')];
  };
  return startServerProcess({ name: 'callout', command: '/usr/bin/env', configure });
}

async function startRedis(): Promise<ServerProcess> {
  const config = await findObject(CHART_MATRIX.durable, 'ConfigMap', 'flotilla-redis');
  const variables = renderedEnvironment(await findObject(CHART_MATRIX.durable, 'StatefulSet', 'flotilla-redis'), 'flotilla-redis-0');
  const configure = (port: number, folder: string): readonly string[] => {
    writeMoved(config, folder, {
      'bind * -::*': 'bind 127.0.0.1',
      'port 6379': `port ${port}`,
      'dir /data': `dir ${folder}`,
      '/run/redis': folder,
      '/etc/redis': folder,
      'exec redis-server': `exec ${findBinary('redis-server')}`,
    });
    return ['-i', ...variables, '/bin/sh', join(folder, 'start-redis.sh')];
  };
  return startServerProcess({ name: 'redis', command: '/usr/bin/env', configure });
}

function urlOf({ port }: ServerProcess): string {
  return `nats://127.0.0.1:${port}`;
}

async function busOf(principal: TestPrincipal, index = 0): Promise<NatsBus> {
  const bus = await openIdentityBus({ url: `nats://127.0.0.1:${natsServers[index]?.port}`, identity }, principal);
  buses.push(bus);
  return bus;
}

/** Text of each Secret of the bus' keys as the credentials job makes it, by name. */
function secretTexts(): ReadonlyMap<string, string> {
  const maker = { password: () => 'p', signingKeyPem: () => '', busKeys: () => identity.keys };
  const mounted = credentialSecrets('trading', ['nats'], maker).busKeys?.mounted ?? [];
  return new Map(
    mounted.map(({ metadata, stringData }) => [metadata.name, Object.values(stringData as Readonly<Record<string, string>>)[0] ?? '']),
  );
}

/** With a copy on each server. Succeeds once the servers have a leader. */
async function makeStream(operator: NatsBus, name: StreamName): Promise<void> {
  const make = () => ensureStream(operator, STREAMS[name], { replicas: SERVERS.length }).then(() => true);
  await eventually(`the stream ${name} is made`, make, ELECTION_MS_MAX);
}

/** @param shown what the connection shows of itself, as the protocol of NATS has it */
async function assertNotAdmitted(shown: object): Promise<void> {
  const text = `CONNECT ${JSON.stringify({ verbose: false, ...shown })}\r\nPING\r\n`;
  assert.equal(await probeText(natsServers[0]?.port ?? 0, text, /-ERR 'Authorization Violation'/), undefined, JSON.stringify(shown));
}

async function monitor(path: string, index = 0): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(`http://127.0.0.1:${monitorPorts[index]}${path}`);
  assert.equal(answer.status, 200, path);
  return (await answer.json()) as Readonly<Record<string, unknown>>;
}

test('nats: three servers form one cluster that syncs every write, and answer the probes', async () => {
  await eventually(
    'every server knows the two others',
    async () => {
      const known = await Promise.all(SERVERS.map((index) => monitor('/routez', index)));
      return known.every(({ routes }) => new Set((routes as { readonly remote_name: string }[]).map((one) => one.remote_name)).size === 2);
    },
    ELECTION_MS_MAX,
  );
  const jetstream = (await monitor('/jsz'))['config'] as Readonly<Record<string, unknown>>;
  assert.equal(jetstream['sync_always'], true);
  for (const probe of ['js-enabled-only=true', 'js-server-only=true']) {
    await eventually(probe, async () => (await monitor(`/healthz?${probe}`))['status'] === 'ok', ELECTION_MS_MAX);
  }
});

test('nats: a principal connects to any server, and has the rights of the permission matrix and no more', async () => {
  const payload = new TextEncoder().encode('{}');
  await makeStream(await busOf('operator'), 'DECISIONS');
  for (const index of [0, 1]) {
    const agent = await busOf({ role: 'SignalAgent', portfolio: 'main', strategy: 'btc' }, index);
    await agent.publish('decisions.order_intent.main.btc', payload, { messageId: `own-${index}` });
    for (const subject of ['decisions.order_intent.main.eth', '$KV.STATUS.exec.main.report'])
      await assert.rejects(agent.publish(subject, payload, { messageId: 'x' }), { code: 'BUS_REFUSED' }, subject);
  }
});

test('nats: keeps three copies of a stream, and goes on without one server', async () => {
  const operator = await busOf('operator');
  await makeStream(operator, 'AUDIT');
  const publish = (id: string): Promise<unknown> => operator.publish('audit.event.main', new TextEncoder().encode('{}'), { messageId: id });
  await eventually('the stream takes a message', () => publish('a'), ELECTION_MS_MAX);
  await natsServers[2]?.kill();
  await eventually('the stream takes a message with two servers', () => publish('b'), ELECTION_MS_MAX);
});

test('nats: admits no connection that shows neither claims nor a token', async () => {
  for (const shown of [{}, { user: 'operator', pass: 'operator' }]) await assertNotAdmitted(shown);
});

test('callout: is ready with the settings and the key that the chart gives it, and counts what it refuses', async () => {
  const answer = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${callout.port}${path}`);
  await eventually('the callout is ready', async () => (await answer('/ready')).status === 200);
  await assertNotAdmitted({ auth_token: 'stolen' });
  const text = await (await answer('/metrics')).text();
  assert.match(text, /^callout_answers_total\{outcome="refused"\} [1-9]/m);
});

test('redis: lets each user do only its own work, and refuses a connection without a password', async () => {
  const login = (user: string): string => `AUTH ${user} ${testPassword(user)}\r\n`;
  const asked = [
    { text: 'PING\r\n', answer: /NOAUTH/ },
    { text: 'AUTH operator wrong\r\n', answer: /WRONGPASS/ },
    { text: `${login('operator')}ACL SETUSER gateway.a.1 on >a ~nonce:a:* +set\r\n`, answer: /\+OK\r\n\+OK/ },
    { text: 'AUTH gateway.a.1 a\r\nSET nonce:a:b 1\r\n', answer: /\+OK\r\n\+OK/ },
    { text: `${login('operator')}GET nonce:a:b\r\n`, answer: /NOPERM/ },
    { text: `${login('operator')}CONFIG GET *\r\n`, answer: /NOPERM/ },
    { text: `${login('health')}GET nonce:a:b\r\n`, answer: /NOPERM/ },
  ];
  for (const { text, answer } of asked) assert.equal(await probeText(redis.port, text, answer), undefined, text);
});

test('redis: answers the probe of the chart', async () => {
  const { spec } = (await findObject(CHART_MATRIX.durable, 'StatefulSet', 'flotilla-redis')) as unknown as {
    readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
  };
  const [shell = '', flag = '', script = ''] = spec.template.spec.containers[0]?.readinessProbe.exec.command ?? [];
  const moved = script.replace('redis-cli', `redis-cli -p ${redis.port}`);
  const probe = (password: string) =>
    tryProgram([shell, flag, moved], { env: { PATH: process.env['PATH'], REDIS_PASSWORD_HEALTH: password } });
  assert.equal((await probe(testPassword('health'))).code, 0);
  assert.notEqual((await probe('wrong')).code, 0);
});

interface Container {
  readonly readinessProbe: { readonly exec: { readonly command: readonly string[] } };
}
