/** A whole operator on a real API server and a real nats-server; what pods would do, the test does. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import { type HaltRecord, haltRecordSchema } from '@flotilla/contracts/control/halt.ts';
import type { KeyValue } from '@flotilla/contracts/ports.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { Condition } from '@flotilla/contracts/resources/fields.ts';
import { keys } from '@flotilla/contracts/bus/streams.ts';
import { connectBus, makeLogger, makeMetrics, type NatsBus, openBucket, systemClock, systemRng } from '@flotilla/runtime';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type NatsServer, startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { renderBusUsers } from '@flotilla/runtime/testing/render-identities.ts';
import { parse } from 'yaml';
import { KINDS } from '../kinds.ts';
import { type Cluster, type KubeManifest, type KubeObject, KUBERNETES_TYPES, type ResourceType } from '@flotilla/kube/mod.ts';
import { applyDefinition, startTestApiServer, type TestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { type Operator, startOperator } from '../start-operator.ts';
import type { DeploymentObject } from '../workload/deployment-state.ts';
import type { WorkloadSettings } from '../workload/settings.ts';
import { TEST_SETTINGS } from './objects.ts';
import { reportStrategies } from './report-strategies.ts';

const ADMIN = 'admin';
const CRDS = join(import.meta.dirname, '../../crds/generated');

export interface OperatorFixture {
  readonly api: TestApiServer;
  readonly nats: NatsServer;
  readonly cluster: Cluster;
  readonly bus: NatsBus;
  /** Another process would know nothing more: all memory is in the objects started anew. */
  restartOperator(): Promise<void>;
  apply(object: ResourceObject): Promise<void>;
  remove(type: ResourceType, name: string): Promise<void>;
  find<T extends KubeObject>(type: ResourceType, name: string): Promise<T | undefined>;
  /** Waits until the condition of that type has this reason; resolves to it. */
  reason(type: ResourceType, name: string, conditionType: string, reason: string): Promise<Condition>;
  /** Plays the deployment controller: as many pods as wanted, all ready. */
  settleDeployment(name: string): Promise<DeploymentObject>;
  /** Plays exec: reports what the change says over a healthy report of the newest configuration. */
  reportExec(portfolio: string, change?: Partial<ExecStatus>): Promise<void>;
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
  /** Makes of each CRD of this checkout the one that is installed, for example that of another version. */
  readonly reviseDefinition?: (definition: KubeManifest) => KubeManifest;
}

export async function startOperatorFixture(options: OperatorFixtureOptions = {}): Promise<OperatorFixture> {
  const { apiserverArgs = [], reviseDefinition = (definition) => definition } = options;
  const [api, nats] = await Promise.all([startTestApiServer({ apiserverArgs }), startNatsServer({ configText: busUsers() })]);
  const cluster = api.connect('test');
  await cluster.create(KUBERNETES_TYPES.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'trading' } });
  for (const file of readdirSync(CRDS)) {
    await applyDefinition(cluster, reviseDefinition(parse(readFileSync(join(CRDS, file), 'utf8')) as KubeManifest));
  }
  const logger = makeLogger({ service: 'operator-test', revision: 'test', level: 'fatal' });
  const connect = (user: string): Promise<NatsBus> =>
    connectBus({ url: nats.url, user, password: user, name: user, logger, clock: systemClock });
  const bus = await connect(ADMIN);
  const operatorBus = await connect('operator');
  const start = (): Operator =>
    startOperator({
      cluster: api.connect('flotilla-operator'),
      bus: operatorBus,
      settings: { ...TEST_SETTINGS, natsUrl: nats.url, ...options.settings },
      replicas: 1,
      instance: 'test',
      clock: systemClock,
      rng: systemRng,
      logger,
      metrics: makeMetrics('operator'),
    });
  let operator = options.operator === 'none' ? undefined : start();
  const buckets = { config: openBucket(bus, 'CONFIG'), control: openBucket(bus, 'CONTROL'), status: openBucket(bus, 'STATUS') };
  const address = (type: ResourceType, name: string) => ({ name, ...(type.namespaced ? { namespace: 'trading' } : {}) });
  const find = <T extends KubeObject>(type: ResourceType, name: string): Promise<T | undefined> =>
    cluster.find<T>(type, address(type, name));

  return {
    api,
    nats,
    cluster,
    bus,
    find,
    async restartOperator() {
      await operator?.stop();
      const { checks } = (operator = start());
      await eventually('the operator is ready', () => checks.bus() === undefined && checks.cluster() === undefined);
    },
    async apply({ apiVersion, kind, metadata: { name }, spec }) {
      const type = Object.values(KINDS).find((one) => one.kind === kind);
      if (type === undefined) throw new Error(`no such kind: ${kind}`);
      await cluster.apply(type, { apiVersion, kind, metadata: address(type, name), spec }, { fieldManager: 'user' });
    },
    async remove(type, name) {
      await cluster.delete(type, address(type, name));
    },
    reason: (type, name, conditionType, reason) =>
      eventually(`${type.kind} ${name} has ${conditionType} for ${reason}`, async () => {
        const object = await find<KubeObject & { readonly status?: { readonly conditions?: readonly Condition[] } }>(type, name);
        const condition = object?.status?.conditions?.find((one) => one.type === conditionType);
        if (condition?.reason === reason) return condition;
        throw new Error(`found ${condition?.reason ?? 'no condition'}: ${condition?.message ?? ''}`);
      }),
    settleDeployment: (name) => settleDeployment(cluster, name),
    async reportExec(portfolio, change = {}) {
      const config = await readJson<ExecConfig>(buckets.config, keys.execConfig(portfolio));
      const report: ExecStatus = {
        schemaVersion: 1,
        portfolio,
        instance: 'exec-1',
        epoch: 1,
        tradingState: 'ACTIVE',
        reason: '',
        openOrders: 0,
        updatedAt: new Date().toISOString(),
        ...(config === undefined
          ? {}
          : {
              configHash: config.configHash,
              policies: config.policies ?? [],
              strategies: reportStrategies(config),
            }),
        ...change,
      };
      await buckets.status.put(keys.execStatus(portfolio), Buffer.from(canonicalJson(report)));
    },
    async halt(portfolio) {
      const record = await readJson<unknown>(buckets.control, keys.halt(portfolio));
      return record === undefined ? undefined : haltRecordSchema.parse(record);
    },
    config: (portfolio) => readJson<ExecConfig>(buckets.config, keys.execConfig(portfolio)),
    async consumers(stream) {
      const { consumers } = await bus.callApi<{ readonly consumers: readonly string[] | null }>(`CONSUMER.NAMES.${stream}`, { offset: 0 });
      return consumers ?? [];
    },
    async stop() {
      await operator?.stop();
      await Promise.all([bus.close(), operatorBus.close()]);
      await Promise.all([api.stop(), nats.stop()]);
    },
  };
}

/** The operator has the rights that it has in production; the test has all. */
function busUsers(): string {
  const authorization = JSON.parse(renderBusUsers().replace(/^authorization: /, '')) as { readonly users: readonly object[] };
  return `authorization: ${JSON.stringify({ users: [...authorization.users, { user: ADMIN, password: ADMIN }] })}`;
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
