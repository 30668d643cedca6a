/** Gives tests a whole operator on a real API server and a real nats-server. There are no pods: the test does what they would do. */
import { healthyExec } from './healthy-exec.ts';
import { CORE_API_PREFIX } from '@flotilla/contracts/access/core-account.ts';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import { GATEWAY_NAME } from '@flotilla/contracts/control/gateway-status.ts';
import { type HaltRecord, haltRecordSchema } from '@flotilla/contracts/control/halt.ts';
import type { KeyValue } from '@flotilla/contracts/ports.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { Condition } from '@flotilla/contracts/resources/fields.ts';
import { keys } from '@flotilla/contracts/bus/buckets.ts';
import { connectBus, makeLogger, makeMetrics, type NatsBus, openBucket, systemClock, systemRng } from '@flotilla/runtime';
import { type Login, userLogin } from '@flotilla/runtime/identity/login.ts';
import type { SystemAccount } from '@flotilla/runtime/identity/system-account.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { openTestSystemAccount } from '@flotilla/runtime/testing/open-system-account.ts';
import { type NatsServer, startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { parse } from 'yaml';
import { KINDS } from '../kinds.ts';
import { type Cluster, type KubeManifest, type KubeObject, KUBERNETES_TYPES, type ResourceType } from '@flotilla/kube/mod.ts';
import { applyDefinition, startTestApiServer, type TestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { type Operator, startOperator } from '../start-operator.ts';
import type { OperatorOptions } from '../operator-options.ts';
import type { DeploymentObject } from '../workload/deployment-state.ts';
import type { StoreOptions } from '../store/start-store.ts';
import type { WorkloadSettings } from '../workload/settings.ts';
import { assertListed } from './assert-listed.ts';
import { TEST_SETTINGS } from './objects.ts';
import type { WorkerProblem } from '@flotilla/contracts/control/worker-problem.ts';
import { servingGateway } from './serving-gateway.ts';

const CRDS = join(import.meta.dirname, '../../crds/generated');
const LOGGER = makeLogger({ service: 'operator-test', revision: 'test', level: process.env['FLOTILLA_TEST_LOG'] ?? 'fatal' });

export interface OperatorFixture {
  readonly api: TestApiServer;
  readonly nats: NatsServer;
  readonly cluster: Cluster;
  readonly bus: NatsBus;
  /** Stops the operator and starts another one, which remembers nothing: the same as a new process. */
  restartOperator(): Promise<void>;
  /** Ends the operator, as a process that is killed. */
  stopOperator(): Promise<void>;
  apply(object: ResourceObject): Promise<void>;
  remove(type: ResourceType, name: string): Promise<void>;
  find<T extends KubeObject>(type: ResourceType, name: string): Promise<T | undefined>;
  /**
   * Waits until the condition of that type has this reason for the newest generation of the object; resolves to it. Plays the rest of the cluster by `meanwhile` before each
   * look: the operator may change a Deployment or a ConfigMap once more after a test has answered it.
   */
  reason(type: ResourceType, name: string, conditionType: string, reason: string, meanwhile?: () => Promise<unknown>): Promise<Condition>;
  /** Plays the deployment controller: as many pods as wanted, all ready. */
  settleDeployment(name: string): Promise<DeploymentObject>;
  /** Plays exec: reports the newest configuration as healthy, with `change` over it. */
  reportExec(portfolio: string, change?: Partial<ExecStatus>): Promise<void>;
  /** Plays the gateway and its Deployment: its pods are ready, and it reports that it serves every source of its ConfigMap without a problem. */
  serveGateway(problems?: Readonly<Record<string, WorkerProblem>>): Promise<void>;
  halt(portfolio: string): Promise<HaltRecord | undefined>;
  config(portfolio: string): Promise<ExecConfig | undefined>;
  consumers(stream: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export interface OperatorFixtureOptions {
  /** `none`: the test starts operators of its own, as processes. */
  readonly operator?: 'none';
  readonly apiserverArgs?: readonly string[];
  readonly settings?: Partial<WorkloadSettings>;
  /** The store whose users the operator keeps. Default: none. */
  readonly store?: StoreOptions;
  /** Whether the callout admits connections, as in production. Default: each connection without claims has every right. */
  readonly callout?: boolean;
  /** Address at which the prober finds the bus. Default: the address of the bus. */
  readonly busUrl?: string;
  /** Changes each CRD of this checkout before it is installed, for example to the CRD of another version. */
  readonly reviseDefinition?: (definition: KubeManifest) => KubeManifest;
}

export async function startOperatorFixture(options: OperatorFixtureOptions = {}): Promise<OperatorFixture> {
  // Without this, servers that have started would keep a test process alive after a set-up that failed.
  await using started = new AsyncDisposableStack();
  const servers = await startServers(options, started);
  const { api, nats, bus } = servers;
  const cluster = api.connect('test');
  await installKinds(cluster, options.reviseDefinition ?? ((definition) => definition));
  let operator: Operator | undefined;
  started.defer(() => operator?.stop());
  const start = (): Operator => startOperator(operatorOptions(servers, options));
  if (options.operator !== 'none') operator = start();
  const { apply, remove, find, reason } = objectsOf(cluster);
  const running = started.move();

  return {
    api,
    nats,
    cluster,
    bus,
    stopOperator: async () => operator?.stop(),
    async restartOperator() {
      await operator?.stop();
      const { checks } = (operator = start());
      await eventually('the operator is ready', () => checks.bus() === undefined && checks.cluster() === undefined);
    },
    apply,
    remove,
    find,
    reason,
    settleDeployment: (name) => settleDeployment(cluster, name),
    ...recordsOf(bus),
    async serveGateway(problems) {
      await settleDeployment(cluster, GATEWAY_NAME);
      const sources = await find<KubeObject>(KUBERNETES_TYPES.configMap, GATEWAY_NAME);
      await openBucket(bus, 'STATUS').put(keys.gatewayStatus(GATEWAY_NAME), Buffer.from(canonicalJson(servingGateway(sources, problems))));
    },
    async consumers(stream) {
      const { consumers } = await bus.callApi<{ readonly consumers: readonly string[] | null }>(`CONSUMER.NAMES.${stream}`, { offset: 0 });
      return consumers ?? [];
    },
    stop: () => running.disposeAsync(),
  };
}

interface Servers {
  readonly api: TestApiServer;
  readonly nats: NatsServer;
  /** The test's connection, with every right. */
  readonly bus: NatsBus;
  /** The operator's connection, with the rights that it has in production. */
  readonly operatorBus: NatsBus;
  readonly system: SystemAccount;
}

/** Adds the end of each server and connection to `started` as soon as it runs. */
async function startServers(
  { apiserverArgs = [], callout = false }: OperatorFixtureOptions,
  started: AsyncDisposableStack,
): Promise<Servers> {
  const [apiStart, natsStart] = await Promise.allSettled([startTestApiServer({ apiserverArgs }), startNatsServer({ callout })]);
  started.defer(async () => {
    const running = [apiStart, natsStart].flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    await Promise.all(running.map((server) => server.stop()));
  });
  if (apiStart.status === 'rejected') throw apiStart.reason;
  if (natsStart.status === 'rejected') throw natsStart.reason;
  const [api, nats] = [apiStart.value, natsStart.value];
  const connect = async (name: string, login: Login): Promise<NatsBus> => {
    const bus = await connectBus({
      url: nats.url,
      login,
      name,
      apiPrefix: CORE_API_PREFIX,
      logger: LOGGER,
      clock: systemClock,
    });
    started.defer(() => bus.close());
    return bus;
  };
  const { operator } = nats.identity.keys;
  const accounts = openTestSystemAccount(nats);
  started.defer(() => accounts.close());
  return {
    api,
    nats,
    bus: await connect('admin', nats.identity.adminLogin),
    operatorBus: await connect('operator', userLogin(operator.coreLogin)),
    system: accounts.system,
  };
}

async function installKinds(cluster: Cluster, revise: NonNullable<OperatorFixtureOptions['reviseDefinition']>): Promise<void> {
  await cluster.create(KUBERNETES_TYPES.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'trading' } });
  for (const file of readdirSync(CRDS)) {
    await applyDefinition(cluster, revise(parse(readFileSync(join(CRDS, file), 'utf8')) as KubeManifest));
  }
}

function operatorOptions(
  { api, nats, operatorBus, system }: Servers,
  { settings, store, busUrl }: OperatorFixtureOptions,
): OperatorOptions {
  return {
    cluster: api.connect('flotilla-operator'),
    bus: operatorBus,
    identity: nats.identity.keys.operator,
    system,
    busUrl: busUrl ?? nats.url,
    store,
    settings: { ...TEST_SETTINGS, natsUrl: nats.url, ...settings },
    replicas: 1,
    instance: 'test',
    clock: systemClock,
    rng: systemRng,
    logger: LOGGER,
    metrics: makeMetrics('operator'),
  };
}

/** The operations of a user with kubectl. */
function objectsOf(cluster: Cluster): Pick<OperatorFixture, 'apply' | 'remove' | 'find' | 'reason'> {
  const address = (type: ResourceType, name: string) => ({ name, ...(type.namespaced ? { namespace: 'trading' } : {}) });
  const find = <T extends KubeObject>(type: ResourceType, name: string): Promise<T | undefined> =>
    cluster.find<T>(type, address(type, name));
  return {
    find,
    async apply({ apiVersion, kind, metadata: { name }, spec }) {
      const type = Object.values(KINDS).find((one) => one.kind === kind);
      if (type === undefined) throw new Error(`no such kind: ${kind}`);
      await cluster.apply(type, { apiVersion, kind, metadata: address(type, name), spec }, { fieldManager: 'user' });
    },
    async remove(type, name) {
      await cluster.delete(type, address(type, name));
    },
    reason: (type, name, conditionType, reason, meanwhile) =>
      eventually(`${type.kind} ${name} has ${conditionType} for ${reason}`, async () => {
        await meanwhile?.();
        const object = await find<KubeObject & { readonly status?: { readonly conditions?: readonly Condition[] } }>(type, name);
        assertListed(type.kind, object?.status?.conditions);
        const condition = object?.status?.conditions?.find((one) => one.type === conditionType);
        const isNewest = condition?.observedGeneration === object?.metadata.generation;
        if (condition?.reason === reason && isNewest) return condition;
        const age = isNewest ? '' : ' of an earlier generation';
        throw new Error(`found ${condition?.reason ?? 'no condition'}${age}: ${condition?.message ?? ''}`);
      }),
  };
}

/** Reads what the operator writes for exec, and plays the report of exec. */
function recordsOf(bus: NatsBus): Pick<OperatorFixture, 'reportExec' | 'halt' | 'config'> {
  const buckets = { config: openBucket(bus, 'CONFIG'), control: openBucket(bus, 'CONTROL'), status: openBucket(bus, 'STATUS') };
  const configOf = (portfolio: string): Promise<ExecConfig | undefined> => readJson(buckets.config, keys.execConfig(portfolio));
  return {
    config: configOf,
    async reportExec(portfolio, change = {}) {
      const report = { ...healthyExec(portfolio, await configOf(portfolio)), ...change };
      await buckets.status.put(keys.execStatus(portfolio), Buffer.from(canonicalJson(report)));
    },
    async halt(portfolio) {
      const record = await readJson<unknown>(buckets.control, keys.halt(portfolio));
      return record === undefined ? undefined : haltRecordSchema.parse(record);
    },
  };
}

async function settleDeployment(cluster: Cluster, name: string): Promise<DeploymentObject> {
  const address = { namespace: 'trading', name };
  const deployment = await eventually(`Deployment ${name}`, () => cluster.find<DeploymentObject>(KUBERNETES_TYPES.deployment, address));
  const replicas = deployment.spec?.replicas ?? 1;
  const status = { observedGeneration: deployment.metadata.generation, replicas, updatedReplicas: replicas, readyReplicas: replicas };
  return cluster.patch<DeploymentObject>(KUBERNETES_TYPES.deployment, address, { status }, { subresource: 'status' });
}

async function readJson<T>(bucket: KeyValue, key: string): Promise<T | undefined> {
  const entry = await bucket.get(key);
  return entry === undefined ? undefined : (JSON.parse(Buffer.from(entry.value).toString('utf8')) as T);
}
