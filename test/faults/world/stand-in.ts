/**
 * Plays what runs around an operator: the deployment controller, the garbage collector, the exec of each portfolio, its agents
 * and the gateway. It acts on the truth alone and knows nothing of plans.
 */
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import { GATEWAY_NAME } from '@flotilla/contracts/control/gateway-status.ts';
import { keys } from '@flotilla/contracts/bus/buckets.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { KINDS } from '@flotilla/operator/kinds.ts';
import { servingGateway } from '@flotilla/operator/testing/serving-gateway.ts';
import { type Cluster, type KubeObject, KUBERNETES_TYPES, type ResourceType } from '@flotilla/kube/mod.ts';
import { type NatsBus, openBucket } from '@flotilla/runtime';
import type { BusRecorder } from './bus-recorder.ts';
import { execReport } from './exec-report.ts';
import { RECORDED_TYPES, type Recorder } from './recorder.ts';

/** Reports are repeated before they grow old. */
const REPEAT_MS = 4_000;
/** Time between exec's first report on a halt and its second question to the venue. */
const VERIFY_MS = 150;
const SWEEP_MS = 250;

export interface StandIn {
  /** Pods of a new world. */
  forget(): void;
  stop(): Promise<void>;
}

interface Deployment extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly observedGeneration?: number; readonly readyReplicas?: number };
}

/** The state that the parts of the stand-in share. */
interface Surroundings {
  readonly cluster: Cluster;
  readonly truth: Recorder;
  readonly record: BusRecorder;
  /** The last configuration and halt record that an exec received, with the time. */
  readonly heard: Map<string, Dated>;
  /** Begins the next sweep at once. */
  readonly changed: () => void;
  /** Writes a report to the bus when its digest is new or its last one grows old. */
  readonly report: (key: string, digest: string, value: () => object) => Promise<void>;
}

interface Dated {
  readonly digest: string;
  readonly atMs: number;
}

type Owner = Pick<NonNullable<KubeObject['metadata']['ownerReferences']>[number], 'kind' | 'name' | 'uid'>;

export function startStandIn({ bus, ...world }: Pick<Surroundings, 'cluster' | 'truth' | 'record'> & { readonly bus: NatsBus }): StandIn {
  const status = openBucket(bus, 'STATUS');
  /** The last report of each pod. */
  const reported = new Map<string, Dated>();
  const heard = new Map<string, Dated>();
  let wake = Promise.withResolvers<void>();
  const stopping = new AbortController();
  const changed = (): void => wake.resolve();
  world.truth.onChange(changed);
  world.record.onChange(changed);

  const report = async (key: string, digest: string, value: () => object): Promise<void> => {
    const last = reported.get(key);
    if (last?.digest === digest && Date.now() - last.atMs < REPEAT_MS) return;
    await status.put(key, Buffer.from(canonicalJson(value())));
    reported.set(key, { digest, atMs: Date.now() });
  };
  const surroundings: Surroundings = { ...world, heard, changed, report };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      wake = Promise.withResolvers<void>();
      for (const work of [settleDeployments, collectGarbage, runExecs, runAgents, runGateway]) {
        // After a conflict, without a provisioned bus or without an API server, the next sweep tries again.
        await work(surroundings).catch(() => undefined);
      }
      const timer = setTimeout(changed, SWEEP_MS);
      await wake.promise;
      clearTimeout(timer);
    }
  };
  const running = run();

  return {
    forget() {
      reported.clear();
      heard.clear();
    },
    async stop() {
      stopping.abort();
      changed();
      await running;
    },
  };
}

async function settleDeployments({ cluster, truth }: Surroundings): Promise<void> {
  for (const deployment of truth.list(KUBERNETES_TYPES.deployment) as readonly Deployment[]) {
    const { metadata, spec, status: held } = deployment;
    const replicas = spec?.replicas ?? 1;
    if (held?.observedGeneration === metadata.generation && (held?.readyReplicas ?? 0) === replicas) continue;
    const ready = { observedGeneration: metadata.generation, replicas, updatedReplicas: replicas, readyReplicas: replicas };
    await cluster.patch(KUBERNETES_TYPES.deployment, metadata, { status: ready }, { subresource: 'status' });
  }
}

async function collectGarbage({ cluster, truth }: Surroundings): Promise<void> {
  for (const type of RECORDED_TYPES) {
    for (const { metadata } of truth.list(type)) {
      const owners = metadata.ownerReferences ?? [];
      const { uid, resourceVersion } = metadata;
      if (owners.length === 0 || uid === undefined || resourceVersion === undefined || owners.some((owner) => isAlive(owner, truth)))
        continue;
      await cluster.delete(type, metadata, { preconditions: { uid, resourceVersion } });
    }
  }
}

function isAlive({ kind, name, uid }: Owner, truth: Recorder): boolean {
  const type: ResourceType | undefined = RECORDED_TYPES.find((one) => one.kind === kind);
  return type !== undefined && truth.get(type, name)?.metadata.uid === uid;
}

function runs(truth: Recorder, name: string): boolean {
  const deployment: Deployment | undefined = truth.get(KUBERNETES_TYPES.deployment, name);
  return (deployment?.spec?.replicas ?? 0) > 0;
}

async function runExecs({ truth, record, heard, changed, report }: Surroundings): Promise<void> {
  for (const { metadata } of truth.list(KINDS.portfolio)) {
    const portfolio = metadata.name;
    if (!runs(truth, `${portfolio}-exec`)) continue;
    const view = { portfolio, config: record.config(portfolio), halt: record.halt(portfolio) };
    const digest = canonicalJson([view.config?.configHash ?? '', view.halt ?? '']);
    if (heard.get(portfolio)?.digest !== digest) heard.set(portfolio, { digest, atMs: Date.now() });
    const ordersVerified = Date.now() - (heard.get(portfolio)?.atMs ?? 0) >= VERIFY_MS;
    if (!ordersVerified) setTimeout(changed, VERIFY_MS);
    const now = formatTime(Date.now());
    await report(keys.execStatus(portfolio), `${digest} ${ordersVerified}`, () => execReport({ ...view, ordersVerified, now }));
  }
}

async function runAgents({ truth, report }: Surroundings): Promise<void> {
  for (const { metadata, spec } of truth.list(KINDS.strategy) as readonly (KubeObject & {
    readonly spec: { readonly portfolioRef: { readonly name: string } };
  })[]) {
    if (!runs(truth, `${metadata.name}-agent`)) continue;
    const portfolio = spec.portfolioRef.name;
    await report(keys.agentStatus(portfolio, metadata.name), 'runs', () => ({
      schemaVersion: 1,
      portfolio,
      strategy: metadata.name,
      instance: 'agent-1',
      signalsConsumed: 0,
      intentsPublished: 0,
      lastSequence: 0,
      updatedAt: formatTime(Date.now()),
    }));
  }
}

async function runGateway({ truth, report }: Surroundings): Promise<void> {
  if (!runs(truth, GATEWAY_NAME)) return;
  const sources = servingGateway(truth.get(KUBERNETES_TYPES.configMap, GATEWAY_NAME));
  await report(keys.gatewayStatus(GATEWAY_NAME), canonicalJson(sources.sources), () => sources);
}
