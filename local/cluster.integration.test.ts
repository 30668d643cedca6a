/** Starts a real local cluster and checks the process node with its pods, and the commands up, down and clean. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BUS_TOKEN_AUDIENCE, BUS_TOKEN_FILE, BUS_TOKEN_FOLDER, BUS_TOKEN_LIFETIME_S } from '@flotilla/contracts/access/bus-token.ts';
import { portTable } from './addresses/ports.ts';
import { listPodRecords } from './process-node/pod-record-files.ts';
import { eventually } from './testing/eventually.ts';
import { testCluster } from './testing/start-cluster.ts';

/** A key of bytes that are not UTF-8, the last of which is a line feed. */
const KEY_HEX = '00ff80c3280d0a';

/** Serves what it was given; `/crash` ends it badly, `/unready` and `/dead` fail its probes from then on. */
const SERVER = `
const { readFileSync } = require('node:fs');
let ready = 200, live = 200;
process.on('SIGTERM', () => { console.log('terminated'); setTimeout(() => process.exit(0), 300); });
require('node:http').createServer((request, response) => {
  if (request.url === '/crash') process.exit(3);
  if (request.url === '/unready') ready = 503;
  if (request.url === '/dead') live = 500;
  if (request.url === '/ready') response.statusCode = ready;
  if (request.url === '/live') response.statusCode = live;
  response.setHeader('connection', 'close');
  const { PASSWORD, GREETING, POD, CONFIG, TOKEN, BUS_TOKEN, DATA, KEY } = process.env;
  const { aud, iat, exp, sub } = JSON.parse(Buffer.from(readFileSync(BUS_TOKEN, 'utf8').split('.')[1], 'base64url').toString());
  response.end(JSON.stringify({ PASSWORD, GREETING, POD, inherited: 'FLOTILLA_STATE_DIR' in process.env, cwd: process.cwd(),
    config: readFileSync(CONFIG, 'utf8'), token: readFileSync(TOKEN, 'utf8').split('.').length, data: readFileSync(DATA, 'utf8').trim(),
    busToken: { aud, lifetimeS: exp - iat, sub }, key: readFileSync(KEY, 'hex') }));
}).listen(8080, process.env.HOST);
`;

const BUS_TOKEN = { audience: BUS_TOKEN_AUDIENCE, expirationSeconds: BUS_TOKEN_LIFETIME_S, path: BUS_TOKEN_FILE };

const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });

function objects(nodePort: number): string {
  const container = {
    name: 'web',
    image: 'none',
    command: ['node', '-e', SERVER],
    workingDir: '/app',
    ports: [{ name: 'http', containerPort: 8080 }],
    env: [
      field('HOST', 'status.podIP'),
      field('POD', 'metadata.name'),
      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } },
      { name: 'GREETING', value: 'hello $(POD)' },
      { name: 'CONFIG', value: '/etc/web/greeting' },
      { name: 'TOKEN', value: '/var/run/secrets/kubernetes.io/serviceaccount/token' },
      { name: 'BUS_TOKEN', value: `${BUS_TOKEN_FOLDER}/${BUS_TOKEN_FILE}` },
      { name: 'DATA', value: '/data/note' },
      { name: 'KEY', value: '/etc/keys/key' },
    ],
    readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 1, failureThreshold: 1 },
    livenessProbe: { httpGet: { path: '/live', port: 'http' }, periodSeconds: 1, failureThreshold: 2 },
    volumeMounts: [
      { name: 'config', mountPath: '/etc/web' },
      { name: 'data', mountPath: '/data' },
      { name: 'keys', mountPath: '/etc/keys' },
      { name: 'bus', mountPath: BUS_TOKEN_FOLDER },
    ],
  };
  const init = {
    name: 'note',
    image: 'none',
    command: ['sh', '-c', 'echo kept > "$FILE"'],
    env: [{ name: 'FILE', value: '/data/note' }],
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  };
  const namespace = 'trading';
  const items = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web', namespace }, data: { greeting: 'one' } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login', namespace }, stringData: { password: 's3cret' } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'keys', namespace },
      data: { key: Buffer.from(KEY_HEX, 'hex').toString('base64') },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            terminationGracePeriodSeconds: 10,
            initContainers: [init],
            containers: [container],
            volumes: [
              { name: 'config', configMap: { name: 'web' } },
              { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
              { name: 'keys', secret: { secretName: 'keys', items: [{ key: 'key', path: 'key' }] } },
              { name: 'bus', projected: { sources: [{ serviceAccountToken: BUS_TOKEN }] } },
            ],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace },
      spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http', nodePort }] },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'once', namespace },
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'once', image: 'none', command: ['node', '-e', ''] }] } } },
    },
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

interface PodView {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly status: {
    readonly phase: string;
    readonly podIP: string;
    readonly containerStatuses: readonly {
      readonly restartCount: number;
      readonly ready: boolean;
      readonly lastState: { readonly terminated?: { readonly exitCode: number; readonly reason: string } };
    }[];
  };
}

describe('a local cluster', () => {
  const cluster = testCluster();
  const neighbour = testCluster();
  const ports = portTable(cluster.offset);

  const pods = async (selector = 'app=web'): Promise<readonly PodView[]> => {
    const text = await cluster.kubectl(['get', 'pods', '-n', 'trading', '-l', selector, '-o', 'json']);
    return (JSON.parse(text) as { readonly items: readonly PodView[] }).items;
  };
  const get = async (path: string): Promise<Record<string, unknown> | undefined> => {
    try {
      return (await (await fetch(`http://127.0.0.1:${ports.gateway}${path}`)).json()) as Record<string, unknown>;
    } catch {
      return undefined;
    }
  };
  const readyPod = (what: string, restarts: number): Promise<PodView> =>
    eventually(what, 20_000, async () =>
      (await pods()).find(
        ({ status }) => status.containerStatuses?.[0]?.ready === true && status.containerStatuses[0].restartCount === restarts,
      ),
    );

  before(async () => {
    const up = await cluster.local('up', '--without', 'operator');
    assert.equal(up.code, 0, up.output);
    await cluster.kubectl(['apply', '-f', '-'], objects(ports.gateway));
  });
  after(async () => {
    await Promise.all([cluster.dispose(), neighbour.dispose()]);
  });

  test('process node: runs a pod with environment, ConfigMap, Secret, token and claim, and reaches it by NodePort', async () => {
    const pod = await readyPod('a ready pod', 0);
    const answer = await eventually('an answer', 5_000, () => get('/'));
    assert.deepEqual(answer, {
      PASSWORD: 's3cret',
      GREETING: `hello ${pod.metadata.name}`,
      POD: pod.metadata.name,
      inherited: false,
      cwd: process.cwd(),
      config: 'one',
      token: 3,
      busToken: { aud: [BUS_TOKEN_AUDIENCE], lifetimeS: BUS_TOKEN_LIFETIME_S, sub: 'system:serviceaccount:trading:default' },
      data: 'kept',
      key: KEY_HEX,
    });
    assert.match(pod.status.podIP, /^127\.(?!0\.)/);
    assert.ok(existsSync(pod.metadata.annotations?.['flotilla.dev/log'] ?? ''));
  });

  test('process node: brings a changed ConfigMap to the running container', async () => {
    await cluster.kubectl(['patch', 'configmap', 'web', '-n', 'trading', '-p', '{"data":{"greeting":"two"}}']);
    await eventually('the new content', 15_000, async () => ((await get('/'))?.['config'] === 'two' ? true : undefined));
  });

  test('process node: restarts a container that crashed, and says how it ended', async () => {
    await get('/crash');
    const pod = await readyPod('a restarted pod', 1);
    assert.equal(pod.status.containerStatuses[0]?.lastState.terminated?.exitCode, 3);
  });

  test('process node: takes an unready pod out of the service, and restarts one that fails its liveness probe', async () => {
    await get('/unready');
    await eventually('no answer by NodePort', 10_000, async () => ((await get('/')) === undefined ? true : undefined));
    const [pod] = await pods();
    await fetch(`http://${pod?.status.podIP}:8080/dead`);
    const again = await readyPod('a pod restarted by its liveness probe', 2);
    assert.equal(again.status.containerStatuses[0]?.lastState.terminated?.exitCode, 0, 'it ended in good order');
  });

  test('process node: completes a Job', async () => {
    await cluster.kubectl(['wait', '-n', 'trading', 'job/once', '--for=condition=Complete', '--timeout=20s']);
  });

  test('process node: takes over running containers, when it was killed', async () => {
    const running = (): readonly number[] =>
      listPodRecords(cluster.folder.podsDir).flatMap(({ containers }) =>
        containers.flatMap(({ state }) => (state.type === 'running' ? [state.process.pid] : [])),
      );
    const before = running();
    assert.equal((await cluster.local('stop', 'process-node')).code, 0);
    const [orphan] = await pods();
    assert.equal((await fetch(`http://${orphan?.status.podIP}:8080/`)).status, 200, 'the container runs on');
    assert.equal((await cluster.local('up', '--without', 'operator')).code, 0);
    await eventually('an answer', 10_000, () => get('/'));
    assert.deepEqual(running(), before);
    await readyPod('the same pod without another restart', 2);
  });

  test('process node: renews its lease with microseconds', async () => {
    const lease = JSON.parse(await cluster.kubectl(['get', 'lease', '-n', 'kube-node-lease', 'local', '-o', 'json'])) as {
      readonly spec: { readonly renewTime: string };
    };
    assert.match(lease.spec.renewTime, /\.\d{6}Z$/);
  });

  test('process node: lets a deleted pod end in its grace, and starts another', async () => {
    const [old] = await pods();
    assert.ok(old !== undefined);
    const log = old.metadata.annotations?.['flotilla.dev/log'] ?? '';
    await cluster.kubectl(['delete', 'pod', '-n', 'trading', old.metadata.name]);
    assert.match(readFileSync(log, 'utf8'), /terminated/);
    const next = await readyPod('another pod', 0);
    assert.notEqual(next.metadata.name, old.metadata.name);
  });

  test('up: leaves everything private and on the loopback device', () => {
    const { cliFile, credentialsFile, busKeysFile, kubeconfigFile } = cluster.folder;
    for (const file of [cliFile, credentialsFile, busKeysFile, kubeconfigFile]) assert.equal(statSync(file).mode & 0o077, 0, file);
  });

  test('up: says which port is taken, by whom and what to do', async () => {
    const server = createServer();
    const taken = portTable(neighbour.offset).redis;
    await new Promise<void>((resolve) => server.listen(taken, '127.0.0.1', resolve));
    const { code, output } = await neighbour.local('up', '--without', 'operator');
    await new Promise((resolve) => server.close(resolve));
    assert.equal(code, 1);
    assert.match(output, new RegExp(`port ${taken} on 127\\.0\\.0\\.1, for Redis, is taken by process ${process.pid} .*\\n.*PORT_OFFSET`));
    assert.equal(neighbour.processes().length, 0, 'nothing was started');
  });

  test('up: refuses streams of an earlier version, says what forgets them, and starts nothing', async () => {
    const streams = join(neighbour.folder.busDataDir, 'jetstream', 'TRADING', 'streams');
    mkdirSync(streams, { recursive: true });
    const { code, output } = await neighbour.local('up', '--without', 'operator');
    assert.equal(code, 1);
    assert.match(output, /holds streams of the account TRADING[^]*"make clean" forgets/);
    assert.deepEqual(neighbour.processes(), []);
    assert.ok(existsSync(streams));
    assert.equal((await neighbour.local('clean')).code, 0);
  });

  test('up: runs a second cluster beside the first, and down ends only its own', async () => {
    assert.equal((await neighbour.local('up', '--without', 'operator')).code, 0);
    assert.match(await neighbour.kubectl(['get', 'nodes']), /local +Ready/);
    assert.doesNotMatch(await neighbour.kubectl(['get', 'pods', '-A']), /web/);
    assert.equal((await neighbour.local('down')).code, 0);
    assert.deepEqual(neighbour.processes(), []);
    await readyPod('the pod of the first cluster', 0);
  });

  test('down: leaves no process, keeps the data, and does nothing the second time', async () => {
    assert.equal((await cluster.local('down')).code, 0);
    assert.deepEqual(cluster.processes(), []);
    assert.match((await cluster.local('down')).output, /nothing was running/);
    const up = await cluster.local('up', '--without', 'operator');
    assert.equal(up.code, 0, up.output);
    assert.match(await cluster.kubectl(['get', 'configmap', 'web', '-n', 'trading', '-o', 'jsonpath={.data.greeting}']), /two/);
    await eventually('the pod is back', 20_000, () => get('/'));
  });

  test('clean: leaves neither process nor state, and does nothing the second time', async () => {
    assert.equal((await cluster.local('clean')).code, 0);
    assert.deepEqual(cluster.processes(), []);
    assert.equal(existsSync(cluster.folder.root), false);
    assert.equal((await cluster.local('clean')).code, 0);
  });
});
