/**
 * A library for Kubernetes controllers: requests, lasting watches, a keyed queue, level-triggered reconciliation, leader election.
 *
 * This file is the public interface. A pure file may also import `objects/` and `execute/intent.ts` by path; all other files may change at any
 * time.
 */
export type { Clock, Rng } from '@flotilla/contracts/ports.ts';
export type {
  ApplyOptions,
  Cluster,
  DeleteOptions,
  ListResult,
  ListScope,
  ObjectAddress,
  PatchOptions,
  WatchEvent,
  WatchRequest,
  WriteOptions,
} from './cluster/cluster.ts';
export { connectCluster, type ConnectOptions } from './cluster/connect-cluster.ts';
export { makeLineSplitter } from './cluster/line-splitter.ts';
export { type Controller, type ControllerOptions, type ControllerStats, startController } from './controller/controller.ts';
export { type PooledMetrics, poolControlMetrics } from './controller/pooled-metrics.ts';
export { reconcileProblem, watchProblem } from './controller/liveness.ts';
export { type ControlMetrics, makeControlMetrics, type ReconcileResult } from './controller/metrics.ts';
export { NAMESPACE_INDEX, namespaceKeys, namespaceView } from './controller/namespace-view.ts';
export type { Reconcile, ReconcileContext, ReconcileOutcome, RunInSpan } from './controller/reconcile.ts';
export { type Sampling, type SamplingOptions, startSampling } from './controller/sampling.ts';
export { isNews, makeSource, type Source, specChanged } from './controller/source.ts';
export { unsubscribeOnAbort } from './controller/unsubscribe-on-abort.ts';
export { type EventRecorder, makeEventRecorder, type RecorderOptions } from './execute/event-recorder.ts';
export { type Executed, type Executor, type ExecutorOptions, makeExecutor, type ObjectDrift } from './execute/executor.ts';
export {
  type ApplyIntent,
  type CreateIntent,
  type DeleteIntent,
  type EventIntent,
  finalizerIntent,
  type Intent,
  type StatusIntent,
} from './execute/intent.ts';
export { fencedCluster, makeFence } from './leader/fence.ts';
export { type LeaderElection, type LeaderElectionOptions, type LossCause, startLeaderElection } from './leader/leader-election.ts';
export { type StallWatchdog, startStallWatchdog } from './leader/stall-watchdog.ts';
export { endlessTerm, type Term } from './leader/term.ts';
export type { Condition, ConditionInput } from './objects/condition.ts';
export {
  type KubeManifest,
  type KubeObject,
  objectKey,
  type ObjectKey,
  type ObjectMeta,
  type OwnerReference,
  splitObjectKey,
} from './objects/kube-object.ts';
export { byControllerUid, controllerReference, ownerKeys } from './objects/owner-reference.ts';
export { KUBERNETES_TYPES, type ResourceAddress, resourcePath, type ResourceType } from './objects/resource-type.ts';
export { compareResourceVersions } from './objects/resource-version.ts';
export { type KernelLogger, silentLogger, withFields } from './ports/logger.ts';
export type { MetricLabels, MetricSource } from './ports/metric-source.ts';
export { ClusterError, isAlreadyExists, isConflict, isExpired, isNotFound, type StatusBody } from './transport/cluster-error.ts';
export type { InClusterAddress } from './transport/in-cluster.ts';
export { makeRequestMetrics, type RequestMetrics } from './transport/request-metrics.ts';
export type { ClusterRequest, Method } from './transport/transport.ts';
export type { ObjectCache, ObjectChange, ObjectReader } from './watch/object-cache.ts';
export type { IndexFunction } from './watch/object-indexes.ts';
export { type Reflector, type ReflectorOptions, type ReflectorStats, startReflector } from './watch/reflector.ts';
