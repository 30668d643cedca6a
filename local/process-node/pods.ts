/** Runs one worker for each pod that is bound to the process node, and adopts the containers of an earlier process node. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { Cluster, KernelLogger, Reflector } from '@flotilla/kube/mod.ts';
import { freePodAddress } from '../addresses/pod-range.ts';
import { signalProcess } from '../processes/process-identity.ts';
import { boundLog } from './bound-log.ts';
import { makeContainerRecord, type PodRecord } from './container-record.ts';
import type { NodeConfig } from './node-config.ts';
import { listPodRecords, removePodFolder } from './pod-record-files.ts';
import { allContainers, type Pod } from './pod-types.ts';
import type { PodVolumes } from './pod-volumes.ts';
import { type PodWorker, startPodWorker } from './pod-worker.ts';
import { makeStatusReporter } from './status-reporter.ts';

export interface PodsOptions {
  readonly cluster: Pick<Cluster, 'delete' | 'patch'>;
  readonly config: NodeConfig;
  readonly clock: Clock;
  readonly logger: KernelLogger;
  readonly volumes: PodVolumes;
  /** The pods that are bound to this node. */
  readonly pods: Reflector<Pod>;
}

export interface Pods {
  current(): readonly { readonly pod: Pod; readonly record: PodRecord }[];
  /** Stops watching; containers run on, for the next process node. */
  release(): void;
}

/** Volumes follow their ConfigMaps and Secrets at this pace. */
const VOLUME_REFRESH_MS = 5_000;
/** Log files of pods, the oldest go first. */
const POD_LOGS_MAX = 200;

/** One worker for each pod of the node. Waits for the first list, so that it knows which children are orphans. */
export async function startPods(options: PodsOptions): Promise<Pods> {
  const { cluster, config, clock, logger, volumes, pods } = options;
  const workers = new Map<string, PodWorker>();
  const records = new Map(listPodRecords(config.podsDir).map((record) => [record.uid, record]));
  let released = false;

  const begin = (pod: Pod): void => {
    const { uid = '', name } = pod.metadata;
    const record = records.get(uid) ?? newRecord(pod);
    if (record === undefined) {
      logger.error({ pod: name }, 'no address is free in the range of the pods');
      return;
    }
    records.set(uid, record);
    const reporter = makeStatusReporter(cluster, clock, logger);
    const onRemoved = (): void => {
      workers.delete(uid);
      records.delete(uid);
      dropOldLogs(config.podLogsDir);
    };
    workers.set(uid, startPodWorker({ cluster, config, clock, logger, volumes, reporter, pod, record, onRemoved }));
  };

  const newRecord = (pod: Pod): PodRecord | undefined => {
    const address = freePodAddress(config.podRange, new Set([...records.values()].map((record) => record.address)));
    if (address === undefined) return undefined;
    const { uid = '', namespace = '', name } = pod.metadata;
    return { uid, namespace, name, address, containers: allContainers(pod.spec).map((container) => makeContainerRecord(container.name)) };
  };

  const endOrphan = (record: PodRecord): void => {
    logger.info({ pod: record.name }, 'pod is gone from the API server; ending its containers');
    for (const { state } of record.containers) if (state.type === 'running') signalProcess(state.process, 'SIGKILL', 'group');
    removePodFolder(config.podsDir, record.uid);
    records.delete(record.uid);
  };

  await pods.synced;
  const known = new Set(pods.list().map(({ metadata }) => metadata.uid));
  for (const record of records.values()) if (!known.has(record.uid)) endOrphan(record);

  pods.onChange(({ type, object }) => {
    const uid = object.metadata.uid ?? '';
    const worker = workers.get(uid);
    if (type === 'deleted') worker?.vanish();
    else if (worker !== undefined) worker.update(object);
    else if (!isFinished(object) || records.has(uid) || object.metadata.deletionTimestamp !== undefined) begin(object);
  });

  const refresh = async (): Promise<void> => {
    for (const worker of workers.values()) {
      for (const { logFile } of worker.current().record.containers) if (logFile !== undefined) boundLog(logFile);
      await worker.refreshVolumes().catch((error: unknown) => logger.warn({ err: error }, 'volumes not renewed; trying again'));
    }
    if (!released) clock.after(VOLUME_REFRESH_MS, () => void refresh());
  };
  clock.after(VOLUME_REFRESH_MS, () => void refresh());

  return {
    current: () => [...workers.values()].map((worker) => worker.current()),
    release() {
      released = true;
      for (const worker of workers.values()) worker.release();
    },
  };
}

/** A pod that came to its end before this state folder knew it must not run again. */
function isFinished({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

function dropOldLogs(folder: string): void {
  const files = readdirSync(folder).map((file) => join(folder, file));
  if (files.length <= POD_LOGS_MAX) return;
  const byAge = files.map((file) => ({ file, changedMs: statSync(file).mtimeMs })).sort((a, b) => a.changedMs - b.changedMs);
  for (const { file } of byAge.slice(0, files.length - POD_LOGS_MAX)) rmSync(file, { force: true });
}
