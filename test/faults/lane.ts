/** Servers, stand-ins and one operator behind a proxy: a place where plans run one after the other, each in an empty world. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OPERATOR_USER } from '@flotilla/local/cluster/token-file.ts';
import { operatorRbac } from '@flotilla/local/cluster/operator-rbac.ts';
import { applyObjects } from '@flotilla/local/cluster/apply-objects.ts';
import { STREAMS } from '@flotilla/contracts/bus/streams.ts';
import { BUCKETS, type BucketName } from '@flotilla/contracts/bus/buckets.ts';
import { KINDS } from '@flotilla/operator/kinds.ts';
import { type Cluster, type KubeManifest, KUBERNETES_TYPES, resourcePath, type ResourceType } from '@flotilla/kube/mod.ts';
import { applyDefinition, startTestApiServer, type TestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { bucketStream, type NatsBus } from '@flotilla/runtime';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type NatsServer, startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { parse } from 'yaml';
import { type ApiProxy, startApiProxy } from './proxy/api-proxy.ts';
import type { ProxyHooks } from './proxy/strike-request.ts';
import { type BusRecorder, startBusRecorder } from './world/bus-recorder.ts';
import { makeOperatorProcess, type OperatorProcess } from './world/operator-process.ts';
import { NAMESPACE, RECORDED_TYPES, type Recorder, startRecorder } from './world/recorder.ts';
import { type StandIn, startStandIn } from './world/stand-in.ts';

const CRDS = join(import.meta.dirname, '../../crds/generated');

export interface Lane {
  readonly api: TestApiServer;
  readonly nats: NatsServer;
  /** A connection that bypasses the proxy, with all rights: for the user of a plan and for other writers. */
  readonly cluster: Cluster;
  readonly bus: NatsBus;
  readonly truth: Recorder;
  readonly record: BusRecorder;
  readonly standIn: StandIn;
  /** Folder of logs and kubeconfigs. */
  readonly folder: string;
  /** A proxy and an operator behind it; it is not started. */
  addOperator(options: AddOperator): Promise<LaneOperator>;
  /** The user and the other writers take turns. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /** Removes every object, stream and bucket of a plan. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

export interface AddOperator {
  readonly name: string;
  readonly hooks: (operator: () => OperatorProcess) => ProxyHooks;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface LaneOperator {
  readonly process: OperatorProcess;
  readonly proxy: ApiProxy;
}

export async function startLane(): Promise<Lane> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-faults-'));
  const [api, nats] = await Promise.all([startTestApiServer(), startNatsServer()]);
  const cluster = api.connect('faults');
  await cluster.create(KUBERNETES_TYPES.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  await Promise.all(
    readdirSync(CRDS).map((file) => applyDefinition(cluster, parse(readFileSync(join(CRDS, file), 'utf8')) as KubeManifest)),
  );
  await applyObjects(cluster, operatorRbac());
  const bus = await openTestBus({ url: nats.url });
  const truth = await startRecorder(api.connect('recorder'));
  const record = startBusRecorder(bus);
  const standIn = startStandIn({ cluster: api.connect('stand-in'), bus, truth, record });
  const operators: LaneOperator[] = [];
  let line: Promise<unknown> = Promise.resolve();

  return {
    api,
    nats,
    cluster,
    bus,
    truth,
    record,
    standIn,
    folder,
    async addOperator({ name, hooks, environment }) {
      const held: { process?: OperatorProcess } = {};
      const current = (): OperatorProcess => {
        if (held.process === undefined) throw new Error(`operator ${name} does not exist yet`);
        return held.process;
      };
      const proxy = await startApiProxy({ target: api, user: OPERATOR_USER, hooks: hooks(current) });
      const kubeconfigPath = join(folder, `${name}.kubeconfig.yaml`);
      writeFileSync(kubeconfigPath, kubeconfig(proxy.port));
      const logPath = join(folder, `${name}.log`);
      held.process = await makeOperatorProcess({
        name,
        kubeconfigPath,
        nats,
        logPath,
        ...(environment === undefined ? {} : { environment }),
      });
      const operator = { process: held.process, proxy };
      operators.push(operator);
      return operator;
    },
    exclusive(work) {
      const mine = line.then(work);
      line = mine.catch(() => undefined);
      return mine;
    },
    async clear() {
      await clearCluster(cluster, truth);
      await clearBus(bus, record);
      truth.forget();
      record.forget();
      standIn.forget();
    },
    async stop() {
      await Promise.all(operators.map(({ process }) => process.end()));
      await Promise.all(operators.map(({ proxy }) => proxy.stop()));
      await standIn.stop();
      await truth.stop();
      await bus.close();
      await Promise.all([api.stop(), nats.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** No operator runs, so only this lane removes finalizers. */
async function clearCluster(cluster: Cluster, truth: Recorder): Promise<void> {
  const own: readonly ResourceType[] = Object.values(KINDS);
  const left = () => RECORDED_TYPES.flatMap((type) => truth.list(type).map(({ metadata }) => ({ type, metadata })));
  await eventually(
    'the world of the last plan is gone',
    async () => {
      for (const { type, metadata } of left()) {
        if (own.includes(type) && metadata.finalizers !== undefined)
          await cluster.patch(type, metadata, { metadata: { finalizers: null } });
        await cluster.delete(type, metadata, { gracePeriodSeconds: 0 });
        if (!own.includes(type) && metadata.finalizers !== undefined)
          await cluster.patch(type, metadata, { metadata: { finalizers: null } });
      }
      return left().length === 0;
    },
    20_000,
  );
  await cluster.raw({ method: 'DELETE', path: resourcePath(KUBERNETES_TYPES.event, { namespace: NAMESPACE }) });
}

/** Deletes the consumers one by one and waits for the bus's notice of each deletion. The notice comes a little later than the answer. */
async function clearBus(bus: NatsBus, record: BusRecorder): Promise<void> {
  const buckets = (Object.keys(BUCKETS) as BucketName[]).map(bucketStream);
  const { streams } = await bus.callApi<{ readonly streams: readonly string[] | null }>('STREAM.NAMES', { offset: 0 });
  const known = new Set<string>([...Object.keys(STREAMS), ...buckets]);
  for (const stream of streams ?? []) {
    if (!known.has(stream)) continue;
    const { consumers } = await bus.callApi<{ readonly consumers: readonly string[] | null }>(`CONSUMER.NAMES.${stream}`, { offset: 0 });
    for (const consumer of consumers ?? []) {
      await bus.callApi(`CONSUMER.DELETE.${stream}.${consumer}`);
      const isTold = (): boolean =>
        record.consumerChanges.findLast((change) => change.stream === stream && change.consumer === consumer)?.action === 'delete';
      await eventually(`the bus tells that consumer ${stream}/${consumer} is gone`, isTold);
    }
    await bus.callApi(`STREAM.DELETE.${stream}`);
  }
}

function kubeconfig(port: number): string {
  return `current-context: p
contexts: [{ name: p, context: { cluster: p, user: u } }]
clusters: [{ name: p, cluster: { server: "http://127.0.0.1:${port}" } }]
users: [{ name: u, user: { token: "any" } }]
`;
}
