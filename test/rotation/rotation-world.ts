/**
 * A fleet whose pods enter the bus through the callout: real API server, bus, store, operator, callout, gateway, agent and exec, each in its own
 * process. The Secrets of the bus are files, which change late, as the kubelet's do.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { parse } from 'yaml';
import { CORE_API_PREFIX } from '@flotilla/contracts/access/core-account.ts';
import { BUS_KEY_SECRETS, CREDENTIAL_KEYS, GATEWAY_STORE_SECRET } from '@flotilla/contracts/access/credential-secrets.ts';
import { type Cluster, KUBERNETES_TYPES, type KubeManifest, type KubeObject } from '@flotilla/kube/mod.ts';
import { applyDefinition, startTestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { KINDS } from '@flotilla/operator/kinds.ts';
import { makeObject, portfolio, withSpec } from '@flotilla/operator/testing/objects.ts';
import { type OperatorProcess, startOperatorProcess } from '@flotilla/operator/testing/operator-process.ts';
import { connectBus, type NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { userBody } from '@flotilla/runtime/identity/bus-keys.ts';
import { readClaims, signClaims } from '@flotilla/runtime/identity/jwt.ts';
import { keyPairOfSeed, makeKeyPair } from '@flotilla/runtime/identity/nkey.ts';
import { tokenLogin, userLogin } from '@flotilla/runtime/identity/login.ts';
import { askServers, waitForServers } from '@flotilla/runtime/identity/rotation/ask-servers.ts';
import type { RotationPorts } from '@flotilla/runtime/identity/rotation/rotate-keys.ts';
import type { Installation } from '@flotilla/runtime/identity/rotation/rotation-keys.ts';
import { parseServerIdentityText, serverIdentityText } from '@flotilla/runtime/identity/server-identity.ts';
import { makeLogger } from '@flotilla/runtime/log.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { tryProgram } from '@flotilla/local/processes/run-program.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { findBinary } from '@flotilla/runtime/testing/find-binary.ts';
import { freePort } from '@flotilla/runtime/testing/free-port.ts';
import { startRedis } from '@flotilla/runtime/testing/redis.ts';
import { renderStoreUsers, TEST_GATEWAY_LOGIN } from '@flotilla/runtime/testing/store-users.ts';
import { type RotationBus, startRotationBus } from './rotation-bus.ts';
import { BUS_TOKEN_AUDIENCE, NORMALISER_TOKEN_AUDIENCE } from '@flotilla/contracts/access/bus-token.ts';
import { GATEWAY_NAME } from '@flotilla/contracts/control/gateway-status.ts';
import { publishQuotes } from '../fleet/publish-quotes.ts';
import { type PodProcess, startPodProcess } from '../fleet/pod-process.ts';
import { type ServiceProcess, startServiceProcess } from '../fleet/service-process.ts';

const ROOT = join(import.meta.dirname, '../..');
const CRDS = join(ROOT, 'crds/generated');
const SECRETS_LOOK_MS = 300;
const NAMESPACE = 'trading';
const LOGGER = makeLogger({ service: 'test', revision: 'test', level: 'silent' });
const WAIT_MS_MAX = 120_000;
const START_MS_MAX = 60_000;
const KEYS_MS_MAX = 200_000;
const QUOTE_MS = 50;
/** How late a changed Secret reaches a process. The kubelet takes up to 90 s. */
const DELIVERY_MS = 3_000;

export const POLICY = makeObject('RiskPolicy', 'conservative', {
  order: { maxNotional: '100000', priceCollarBps: 500, maxMessagesPerSecond: 1_000 },
  position: { maxNotional: '1000000' },
  portfolio: { maxGrossNotional: '1000000', maxDailyLoss: '1000000' },
});
const STRATEGY = makeObject('Strategy', 'alerts', {
  portfolioRef: { name: 'main' },
  agent: { builtIn: 'Alert' },
  parameters: { source: 'desk', quantity: '0.001', allowShort: true },
  instruments: ['BTC-USD'],
  capital: { maxNotional: '1000000' },
});
const SOURCE = makeObject('SignalSource', 'desk', {
  scheme: 'Hmac',
  venue: 'desk',
  instruments: ['BTC-USD'],
  secretRef: { name: 'desk-webhook' },
  // While the bus starts anew, every sender repeats its webhook.
  rate: { perSecond: 10_000, burst: 10_000 },
});

export interface RotationWorld {
  readonly nats: RotationBus;
  readonly gatewayUrl: string;
  /** The present secret of the webhook source, as the sender has it. */
  readonly secret: () => Buffer;
  /** Runs a command of a page in bash, in a folder of its own, with kubectl at the API server. @throws Error when the command fails */
  runShell(command: string): Promise<void>;
  /** The folder in which the commands of pages run. */
  readonly shellFolder: string;
  /** Brings the Secret of the webhook source to the gateway's files, as the kubelet does later. */
  deliverWebhookSecret(): Promise<void>;
  /** The sender signs with another secret from now on. */
  sendWith(secret: Buffer): void;
  readonly ports: RotationPorts;
  /** The Secrets as they are now. */
  installation(): Installation;
  /** Every value of every Secret of the namespace at the API server, by name and key. */
  secretValues(): Promise<ReadonlyMap<string, Buffer>>;
  /** Reads the streams by a user of the core account with every right, whose signing key the core account has meanwhile. */
  observe<T>(use: (bus: NatsBus) => Promise<T>): Promise<T>;
  /** Runs `flotilla keys <arguments>` against Secrets of the API server, whose changes reach the processes late, and restarts the bus when the command says so. */
  runKeys(...args: readonly string[]): Promise<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }>;
  /** Asks the API server for a token of a ServiceAccount. @param audience by default that of most principals */
  tokenOf(serviceAccount: string, audience?: string): Promise<string>;
  /** Applies an object as a user does. */
  apply(object: ReturnType<typeof makeObject>): Promise<void>;
  /** Starts the pod of a Deployment once the operator has made it. */
  startPod(deploymentName: string): Promise<PodProcess>;
  stopCallout(): Promise<void>;
  startCallout(): Promise<void>;
  /** Processes that have ended by themselves. */
  ended(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export interface RotationWorldOptions {
  readonly serverCount?: 1 | 3;
  /** For the operator and the callout. The operator hands to the pods what concerns them. */
  readonly environment?: Readonly<Record<string, string>>;
}

export async function startRotationWorld({ serverCount = 1, environment = {} }: RotationWorldOptions = {}): Promise<RotationWorld> {
  await using started = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-rotation-'));
  started.defer(() => rmSync(folder, { recursive: true, force: true }));
  const api = await startTestApiServer();
  started.defer(() => api.stop());
  const nats = await startRotationBus(serverCount);
  started.defer(() => nats.stop());
  const redis = await startRedis({ configText: renderStoreUsers() });
  started.defer(() => redis.stop());
  const cluster = api.connect('test');
  const secret = randomBytes(32).toString('hex');
  await prepare(cluster, secret);
  const secrets = makeSecretFiles(nats, folder);
  const operator = await startOperatorProcess({
    name: 'operator-1',
    kubeconfigPath: api.kubeconfigPath,
    nats,
    logPath: join(folder, 'operator.log'),
    environment: {
      FLOTILLA_REDIS_URL: redis.url,
      FLOTILLA_BUS_IDENTITY_FILE: secrets.paths.operator,
      FLOTILLA_STREAM_REPLICAS: String(serverCount),
      // The pods are processes of this machine, where nothing enforces NetworkPolicies.
      FLOTILLA_POLICY_ENGINE: 'None',
      ...environment,
    },
  });
  started.defer(async () => {
    operator.kill('SIGKILL');
    await operator.ended;
  });
  const callout = await startCallout(nats.url, secrets.paths.callout, folder, environment);
  started.defer(() => callout.stop());
  for (const object of [POLICY, withSpec(portfolio, {}), STRATEGY, SOURCE]) await apply(cluster, object);
  const tokenOf = (serviceAccount: string, audience?: string): Promise<string> => askToken(cluster, serviceAccount, audience);
  const pods = await startPods(cluster, folder, started);
  await startMarket(nats.url, await tokenOf(GATEWAY_NAME, NORMALISER_TOKEN_AUDIENCE), started);
  const ports = portsOf(nats, secrets);
  let sending: Buffer = Buffer.from(secret);
  const running = started.move();
  return {
    nats,
    gatewayUrl: `http://127.0.0.1:${pods.running.get('flotilla-gateway')?.port ?? 0}`,
    secret: () => sending,
    sendWith: (next) => (sending = next),
    runShell: (command) => runShell(command, folder, api.kubeconfigPath),
    shellFolder: folder,
    deliverWebhookSecret: async () => pods.running.get('flotilla-gateway')?.refreshFiles(),
    ports,
    installation: () => secrets.read(),
    secretValues: () => readSecretValues(cluster),
    observe: (use) => observe(nats, secrets.read(), ports, use),
    runKeys: (...args) => runKeys({ cluster, kubeconfigPath: api.kubeconfigPath, nats, folder, secrets }, args),
    tokenOf,
    apply: (object) => apply(cluster, object),
    startPod: (name) => pods.start(name),
    stopCallout: () => callout.stop(),
    startCallout: () => callout.start(),
    ended: () => endedOf(operator, callout, pods.running),
    stop: () => running.disposeAsync(),
  };
}

interface Callout extends Pick<ServiceProcess, 'stop' | 'hasEnded'> {
  /** Starts the callout again after a stop. */
  start(): Promise<void>;
}

async function startCallout(
  natsUrl: string,
  identityFile: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<Callout> {
  const port = await freePort();
  const start = (): Promise<ServiceProcess> =>
    startServiceProcess({
      name: 'callout',
      entry: 'operator/callout/main.ts',
      port,
      logPath: join(folder, 'callout.log'),
      environment: { NATS_URL: natsUrl, FLOTILLA_BUS_IDENTITY_FILE: identityFile, ...environment },
    });
  let callout = await start();
  return {
    stop: () => callout.stop(),
    hasEnded: () => callout.hasEnded(),
    async start() {
      callout = await start();
    },
  };
}

interface Pods {
  readonly running: ReadonlyMap<string, PodProcess>;
  /** Starts a pod that the operator asks for, with a token of its ServiceAccount. */
  start(name: string): Promise<PodProcess>;
}

async function startPods(cluster: Cluster, folder: string, started: AsyncDisposableStack): Promise<Pods> {
  const running = new Map<string, PodProcess>();
  const writeToken = async (name: string, audience: string): Promise<string> => {
    const path = join(folder, `${name}.${audience}.token`);
    writeFileSync(path, await eventually(`a token of ${name}`, () => askToken(cluster, name, audience)));
    return path;
  };
  const start = async (name: string): Promise<PodProcess> => {
    const address = { namespace: NAMESPACE, name };
    await eventually(`the Deployment ${name}`, () => cluster.find(KUBERNETES_TYPES.deployment, address), START_MS_MAX);
    const pod = await startPodProcess(cluster, name, {
      NATS_TOKEN_FILE: await writeToken(name, BUS_TOKEN_AUDIENCE),
      ...(name === GATEWAY_NAME ? { NATS_NORMALISER_TOKEN_FILE: await writeToken(name, NORMALISER_TOKEN_AUDIENCE) } : {}),
    });
    running.set(name, pod);
    return pod;
  };
  started.defer(async () => void (await Promise.all([...running.values()].map((pod) => pod.stop()))));
  for (const name of ['main-exec', 'alerts-agent', GATEWAY_NAME]) await start(name);
  for (const pod of running.values()) await pod.ready();
  return { running, start };
}

/** Publishes quotes, by which orders are filled. */
async function startMarket(url: string, token: string, started: AsyncDisposableStack): Promise<void> {
  const market = await connectBus({ url, login: tokenLogin(token), name: 'market', logger: LOGGER, clock: systemClock });
  started.defer(() => market.close());
  const quoting = new AbortController();
  const quotes = publishQuotes(market, { intervalMs: QUOTE_MS, size: '10', signal: quoting.signal });
  started.defer(async () => {
    quoting.abort();
    await quotes;
  });
}

async function observe<T>(
  nats: RotationBus,
  { operator, server }: Installation,
  ports: RotationPorts,
  use: (bus: NatsBus) => Promise<T>,
): Promise<T> {
  const signer = makeKeyPair('account', systemRng.bytes(32));
  const own = readClaims(server.preload[operator.core] ?? '').nats;
  const push = async (more: readonly string[]): Promise<void> => {
    const signing_keys = [...(own['signing_keys'] as readonly string[]), ...more];
    const claims = { sub: operator.core, name: 'core', issuedAtS: Math.floor(Date.now() / 1_000), nats: { ...own, signing_keys } };
    const jwt = signClaims(claims, keyPairOfSeed(operator.claimsSeed));
    await ports.withServers(operator.systemLogin, async (state) => {
      await state.push(jwt, ports.serverCount);
      await eventually('the core account is loaded', async () => {
        const loaded = await state.serversWith(operator.core, jwt, ports.serverCount);
        return loaded.length === ports.serverCount;
      });
    });
  };
  await push([signer.publicKey]);
  const user = makeKeyPair('user', systemRng.bytes(32));
  const claims = { sub: user.publicKey, name: 'observer', issuedAtS: Math.floor(Date.now() / 1_000), nats: userBody(operator.core, {}) };
  const login = userLogin({ jwt: signClaims(claims, signer), seed: user.seed });
  const bus = await connectBus({ url: nats.url, login, name: 'observer', apiPrefix: CORE_API_PREFIX, logger: LOGGER, clock: systemClock });
  try {
    await eventually('the observer is connected', () => bus.connected());
    return await use(bus);
  } finally {
    await bus.close();
    await push([]);
  }
}

async function prepare(cluster: Cluster, secret: string): Promise<void> {
  await cluster.create(KUBERNETES_TYPES.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  for (const file of readdirSync(CRDS)) await applyDefinition(cluster, parse(readFileSync(join(CRDS, file), 'utf8')) as KubeManifest);
  const { user, password } = TEST_GATEWAY_LOGIN;
  const login = { [CREDENTIAL_KEYS.user]: user, [CREDENTIAL_KEYS.password]: password };
  for (const [name, stringData] of [
    ['desk-webhook', { secret }],
    [GATEWAY_STORE_SECRET, login],
  ] as const) {
    await cluster.create(KUBERNETES_TYPES.secret, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: NAMESPACE },
      stringData,
    });
  }
}

async function apply(cluster: Cluster, { apiVersion, kind, metadata: { name }, spec }: ReturnType<typeof makeObject>): Promise<void> {
  const type = Object.values(KINDS).find((one) => one.kind === kind);
  if (type === undefined) throw new Error(`no such kind: ${kind}`);
  await cluster.apply(type, { apiVersion, kind, metadata: { name, namespace: NAMESPACE }, spec }, { fieldManager: 'user' });
}

async function askToken(cluster: Cluster, serviceAccount: string, audience: string = BUS_TOKEN_AUDIENCE): Promise<string> {
  const answer = (await cluster.raw({
    method: 'POST',
    path: `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${serviceAccount}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: [audience], expirationSeconds: 3_600 } },
  })) as { readonly status: { readonly token: string } };
  return answer.status.token;
}

async function readSecretValues(cluster: Cluster): Promise<ReadonlyMap<string, Buffer>> {
  const { items } = await cluster.list<KubeObject & { readonly data?: Readonly<Record<string, string>> }>(KUBERNETES_TYPES.secret, {
    namespace: NAMESPACE,
  });
  return new Map(
    items.flatMap(({ metadata, data = {} }) =>
      Object.entries(data).map(([key, value]) => [`${metadata.name}/${key}`, Buffer.from(value, 'base64')] as const),
    ),
  );
}

interface SecretFiles {
  readonly paths: { readonly operator: string; readonly callout: string };
  read(): Installation;
  write<Part extends keyof Installation>(part: Part, content: Installation[Part]): void;
}

/** The content of the Secrets, and the files in which processes see it later. */
function makeSecretFiles(nats: RotationBus, folder: string): SecretFiles {
  const { server, operator, callout } = nats.identity.keys;
  let now: Installation = { server, operator, callout };
  const paths = { operator: join(folder, 'operator-identity.json'), callout: join(folder, 'callout-identity.json') };
  const deliver = (part: keyof Installation, content: object): void => {
    if (part !== 'server') writeFileSync(paths[part], JSON.stringify(content));
    else nats.writeConfig(content as Installation['server']);
  };
  deliver('operator', operator);
  deliver('callout', callout);
  return {
    paths,
    read: () => now,
    write(part, content) {
      now = { ...now, [part]: content };
      void sleep(part === 'server' ? 0 : DELIVERY_MS, undefined, { ref: false }).then(() => deliver(part, content));
    },
  };
}

function portsOf(nats: RotationBus, secrets: SecretFiles): RotationPorts {
  return {
    read: () => Promise.resolve(secrets.read()),
    write: (part, content) => Promise.resolve(secrets.write(part, content)),
    rootSeed: () => Promise.resolve(nats.identity.keys.rootSeed),
    withServers: (login, use) => askServers({ url: nats.url, clock: systemClock, logger: LOGGER }, login, use),
    serverCount: nats.serverCount,
    restartServers: () => nats.restart(),
    waitFor: (what, missing) => waitForServers(systemClock, WAIT_MS_MAX, what, missing),
    say: (line) => process.env['FLOTILLA_TEST_LOG'] !== undefined && process.stderr.write(`${line}\n`),
    nowMs: () => systemClock.nowMs(),
    rng: systemRng,
  };
}

async function runShell(command: string, folder: string, kubeconfigPath: string): Promise<void> {
  const PATH = `${dirname(findBinary('kubectl'))}:${process.env['PATH']}`;
  const env = { ...process.env, PATH, KUBECONFIG: kubeconfigPath };
  const { code, stdout, stderr } = await tryProgram(['bash', '-euo', 'pipefail', '-c', `cd '${folder}'\n${command}`], { env });
  if (code !== 0) throw new Error(`expected the command to succeed, found ${code}: ${command}\n${stdout}${stderr}`);
}

interface KeysRun {
  readonly cluster: Cluster;
  readonly kubeconfigPath: string;
  readonly nats: RotationBus;
  readonly folder: string;
  readonly secrets: SecretFiles;
}

async function runKeys(run: KeysRun, args: readonly string[]): ReturnType<RotationWorld['runKeys']> {
  await writeSecrets(run, args.includes('--root-key-file'));
  // One delivery after the other: a slow one must not bring back what a Secret held before.
  let line: Promise<void> = Promise.resolve();
  const deliver = (): Promise<void> => (line = line.catch(() => undefined).then(() => deliverSecrets(run)));
  const kubelet = setInterval(() => void deliver().catch(() => undefined), SECRETS_LOOK_MS);
  const options = ['--nats-url', run.nats.url, '--kubeconfig', run.kubeconfigPath, '--namespace', NAMESPACE];
  const child = spawn(process.execPath, [join(ROOT, 'cli/main.ts'), ...options, 'keys', ...args], {
    env: { PATH: process.env['PATH'], FLOTILLA_KUBECTL: findBinary('kubectl'), HOME: run.folder },
    // A command that waits in vain is ended before the test is, so that the failure shows how far the command came.
    timeout: KEYS_MS_MAX,
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
    if (chunk.includes('Restart each server')) void deliver().then(() => run.nats.restart());
  });
  const [code] = (await once(child, 'close')) as [unknown];
  clearInterval(kubelet);
  await deliver();
  return { code, stdout, stderr };
}

const PARTS = ['server', 'operator', 'callout'] as const;

/** @param isRootOutside the root key lies in no Secret of the cluster */
async function writeSecrets({ cluster, nats, secrets }: KeysRun, isRootOutside: boolean): Promise<void> {
  const { server, operator, callout } = secrets.read();
  const contents = {
    root: nats.identity.keys.rootSeed,
    server: serverIdentityText(server, '/data/accounts'),
    operator: JSON.stringify(operator),
    callout: JSON.stringify(callout),
  };
  for (const [of, text] of Object.entries(contents)) {
    if (of === 'root' && isRootOutside) continue;
    const { name, key } = BUS_KEY_SECRETS[of as keyof typeof contents];
    const manifest = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: NAMESPACE }, stringData: { [key]: text } };
    await cluster.apply(KUBERNETES_TYPES.secret, manifest, { fieldManager: 'test', force: true });
  }
}

/** Plays the kubelet: what changed in a Secret goes to the file. */
async function deliverSecrets({ cluster, secrets }: KeysRun): Promise<void> {
  for (const part of PARTS) {
    const { name, key } = BUS_KEY_SECRETS[part];
    const secret = await cluster.get<KubeObject & { readonly data: Readonly<Record<string, string>> }>(KUBERNETES_TYPES.secret, {
      namespace: NAMESPACE,
      name,
    });
    const text = Buffer.from(secret.data[key] ?? '', 'base64').toString('utf8');
    const content = part === 'server' ? parseServerIdentityText(text).identity : (JSON.parse(text) as never);
    if (JSON.stringify(content) !== JSON.stringify(secrets.read()[part])) secrets.write(part, content);
  }
}

async function endedOf(
  operator: OperatorProcess,
  callout: Pick<ServiceProcess, 'hasEnded'>,
  pods: ReadonlyMap<string, PodProcess>,
): Promise<readonly string[]> {
  const all = [...pods, ['callout', callout] as const];
  return [...(operator.hasEnded() ? ['operator'] : []), ...all.flatMap(([name, service]) => (service.hasEnded() ? [name] : []))];
}
