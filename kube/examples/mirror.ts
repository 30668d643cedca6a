/**
 * A whole controller: each ConfigMap with the label `example.dev/mirror=true` gets a copy in its namespace, named `<name>-mirror`. An edit of
 * the copy is undone, a deleted copy is made again, and the garbage collector deletes the copy with its original.
 */
import {
  byControllerUid,
  type Clock,
  type Cluster,
  type Controller,
  type ControlMetrics,
  controllerReference,
  type Intent,
  type KernelLogger,
  KUBERNETES_TYPES,
  type KubeObject,
  makeEventRecorder,
  makeExecutor,
  makeSource,
  objectKey,
  ownerKeys,
  type Rng,
  startController,
  startReflector,
} from '../mod.ts';

const { configMap } = KUBERNETES_TYPES;

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** The intents for one original. Pure: the function makes no request and reads no clock. The executor skips a write that would change nothing. */
export function planMirror(original: ConfigMap, copies: readonly ConfigMap[]): readonly Intent[] {
  const { name, namespace = 'default' } = original.metadata;
  const metadata = {
    name: `${name}-mirror`,
    namespace,
    labels: { 'app.kubernetes.io/managed-by': 'mirror' },
    ownerReferences: [controllerReference(configMap, original)],
  };
  const copy: Intent = {
    type: 'apply',
    resource: configMap,
    manifest: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: original.data ?? {} },
  };
  if (copies.length > 0) return [copy];
  const note = `made the copy ${metadata.name}`;
  return [
    copy,
    { type: 'event', resource: configMap, regarding: original, severity: 'Normal', reason: 'Mirrored', action: 'Mirror', note },
  ];
}

export interface MirrorOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: KernelLogger;
  readonly metrics: ControlMetrics;
}

/** Runs until `stop` is called on the result. */
export function startMirror({ cluster, clock, rng, logger, metrics }: MirrorOptions): Pick<Controller, 'stop'> {
  const base = { cluster, type: configMap, clock, rng, logger };
  const originals = startReflector<ConfigMap>({ ...base, scope: { labelSelector: 'example.dev/mirror=true' } });
  const copies = startReflector<ConfigMap>({
    ...base,
    scope: { labelSelector: 'app.kubernetes.io/managed-by=mirror' },
    indexes: { owner: byControllerUid },
  });
  const recorder = makeEventRecorder({ cluster, controller: 'example.dev/mirror', instance: 'mirror-0', clock, logger });
  const executor = makeExecutor({ cluster, fieldManager: 'mirror', reflectors: [copies], recorder, controller: 'mirror', metrics });
  const controller = startController({
    name: 'mirror',
    sources: [makeSource(originals, ({ metadata }) => [objectKey(metadata)]), makeSource(copies, ownerKeys(configMap))],
    async reconcile(key, { signal }) {
      const original = originals.get(key);
      if (original === undefined) return;
      await executor.execute(planMirror(original, copies.byIndex('owner', original.metadata.uid ?? '')), { signal });
    },
    clock,
    rng,
    logger,
    metrics,
  });
  return {
    async stop() {
      await controller.stop();
      recorder.stop();
      await Promise.all([originals.stop(), copies.stop()]);
    },
  };
}
