/**
 * Plays what runs around an operator: the deployment controller, the garbage collector, the exec of each portfolio, its agents
 * and the gateway. It acts on the truth alone and knows nothing of plans.
 */
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import { GATEWAY_NAME } from '@flotilla/contracts/control/gateway-status.ts';
import { keys } from '@flotilla/contracts/bus/streams.ts';
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

export function startStandIn({
  cluster,
  bus,
  truth,
  record,
}: {
  readonly cluster: Cluster;
  readonly bus: NatsBus;
  readonly truth: Recorder;
  readonly record: BusRecorder;
}): StandIn {
  const status = openBucket(bus, 'STATUS');
  /** The last report of each pod, with its time. */
  const reported = new Map<string, { readonly digest: string; readonly atMs: number }>();
  let wake = Promise.withResolvers<void>();
  const stopping = new AbortController();
  const changed = (): void => wake.resolve();
  truth.onChange(changed);
  record.onChange(changed);

  const settleDeployments = async (): Promise<void> => {
    for (const deployment of truth.list(KUBERNETES_TYPES.deployment) as readonly Deployment[]) {
      const { metadata, spec, status: held } = deployment;
      const replicas = spec?.replicas ?? 1;
      if (held?.observedGeneration === metadata.generation && (held?.readyReplicas ?? 0) === replicas) continue;
      const ready = { observedGeneration: metadata.generation, replicas, updatedReplicas: replicas, readyReplicas: replicas };
      await cluster.patch(KUBERNETES_TYPES.deployment, metadata, { status: ready }, { subresource: 'status' });
    }
  };

  const collectGarbage = async (): Promise<void> => {
    for (const type of RECORDED_TYPES) {
      for (const { metadata } of truth.list(type)) {
        const owners = metadata.ownerReferences ?? [];
        const { uid, resourceVersion } = metadata;
        if (owners.length === 0 || uid === undefined || resourceVersion === undefined || owners.some(isAlive)) continue;
        await cluster.delete(type, metadata, { preconditions: { uid, resourceVersion } });
      }
    }
  };
  const isAlive = ({ kind, name, uid }: { readonly kind: string; readonly name: string; readonly uid: string }): boolean => {
    const type: ResourceType | undefined = RECORDED_TYPES.find((one) => one.kind === kind);
    return type !== undefined && truth.get(type, name)?.metadata.uid === uid;
  };

  const runs = (name: string): boolean => {
    const deployment: Deployment | undefined = truth.get(KUBERNETES_TYPES.deployment, name);
    return (deployment?.spec?.replicas ?? 0) > 0;
  };

  const report = async (key: string, digest: string, value: () => object): Promise<void> => {
    const last = reported.get(key);
    if (last?.digest === digest && Date.now() - last.atMs < REPEAT_MS) return;
    await status.put(key, Buffer.from(canonicalJson(value())));
    reported.set(key, { digest, atMs: Date.now() });
  };
  /** The last configuration and halt record that an exec received, with the time. */
  const heard = new Map<string, { readonly digest: string; readonly atMs: number }>();
  const runExecs = async (): Promise<void> => {
    for (const { metadata } of truth.list(KINDS.portfolio)) {
      const portfolio = metadata.name;
      if (!runs(`${portfolio}-exec`)) continue;
      const view = { portfolio, config: record.config(portfolio), halt: record.halt(portfolio) };
      const digest = canonicalJson([view.config?.configHash ?? '', view.halt ?? '']);
      if (heard.get(portfolio)?.digest !== digest) heard.set(portfolio, { digest, atMs: Date.now() });
      const ordersVerified = Date.now() - (heard.get(portfolio)?.atMs ?? 0) >= VERIFY_MS;
      if (!ordersVerified) setTimeout(changed, VERIFY_MS);
      const now = formatTime(Date.now());
      await report(keys.execStatus(portfolio), `${digest} ${ordersVerified}`, () => execReport({ ...view, ordersVerified, now }));
    }
  };
  const runAgents = async (): Promise<void> => {
    for (const { metadata, spec } of truth.list(KINDS.strategy) as readonly (KubeObject & {
      readonly spec: { readonly portfolioRef: { readonly name: string } };
    })[]) {
      if (!runs(`${metadata.name}-agent`)) continue;
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
  };

  const runGateway = async (): Promise<void> => {
    if (!runs(GATEWAY_NAME)) return;
    const sources = servingGateway(truth.get(KUBERNETES_TYPES.configMap, GATEWAY_NAME));
    await report(keys.gatewayStatus(GATEWAY_NAME), canonicalJson(sources.sources), () => sources);
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      wake = Promise.withResolvers<void>();
      for (const work of [settleDeployments, collectGarbage, runExecs, runAgents, runGateway]) {
        // After a conflict, without a provisioned bus or without an API server, the next sweep tries again.
        await work().catch(() => undefined);
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
