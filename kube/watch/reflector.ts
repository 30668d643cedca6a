/** A live copy of one kind in one scope: lists it, watches it, and tells listeners of every change. */
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import { backoffMs } from './backoff.ts';
import { ClusterError, isExpired } from '../transport/cluster-error.ts';
import type { Cluster, ListScope, WatchEvent } from '../cluster/cluster.ts';
import { isInScope } from './in-scope.ts';
import { type KubeObject, objectKey } from '../objects/kube-object.ts';
import type { KernelLogger } from '../ports/logger.ts';
import { measureLag } from './measure-lag.ts';
import { type IndexFunction, makeObjectCache, type ObjectChange, type ObjectReader } from './object-cache.ts';
import type { ResourceType } from '../objects/resource-type.ts';
import { nextState, REFLECTOR_START, type StepOutcome, waitsBefore } from './watch-plan.ts';

/** Silence after which a watch is taken for dead: the server sends a bookmark about every minute. */
export const WATCH_SILENCE_MS_MAX = 70_000;
/** The server is asked to end a watch after this much plus up to as much again, so that watches spread over its replicas. */
const WATCH_SECONDS_MIN = 300;
/** Short enough that a server that comes back is seen within seconds. */
const RECONNECT_BACKOFF = { baseMs: 100, maxMs: 2_000 };
/** Of what a server may ask to wait. */
const RETRY_AFTER_MS_MAX = 30_000;

export interface ReflectorOptions<T extends KubeObject> {
  readonly cluster: Pick<Cluster, 'list' | 'watch'>;
  readonly type: ResourceType;
  /** Ask for no more than is needed: a namespace, a label selector, metadata only. */
  readonly scope?: ListScope;
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  readonly clock: Clock;
  readonly rng: Pick<Rng, 'next'>;
  readonly logger: KernelLogger;
  /** Default `WATCH_SILENCE_MS_MAX`. */
  readonly silenceMsMax?: number;
}

export interface ReflectorStats {
  readonly synced: boolean;
  readonly objects: number;
  /** Since the server last said anything (an event, a bookmark, a list); the watch age of health checks. */
  readonly silenceMs: number;
  /** Since it last did anything at all, be it in vain: grows only when the loop hangs. */
  readonly idleMs: number;
  /** How long the last own write took to show on the watch; of one that does not show yet, how long it has been waiting. */
  readonly lagMs: number;
  readonly lists: number;
  readonly watches: number;
  readonly failuresInARow: number;
  readonly resourceVersion: string;
}

export interface Reflector<T extends KubeObject = KubeObject> extends ObjectReader<T> {
  readonly type: ResourceType;
  /** Calls `listener` with every change from now on, and first with what is there as added; in order, synchronously. The result unsubscribes. */
  onChange(listener: (change: ObjectChange<T>) => void): () => void;
  /**
   * Read your own writes: give it what a write answered. What is outside its scope is passed over.
   *
   * @returns that version as a cache holds it: without managed fields, and with metadata alone when it asks for no more
   */
  note(object: T): T;
  /** Resolves after the first whole list. */
  readonly synced: Promise<void>;
  stats(): ReflectorStats;
  /** Resolves when nothing will be called any more. */
  stop(): Promise<void>;
}

/** A live copy of one kind in one scope: lists, watches, and never gives up until stopped. */
export function startReflector<T extends KubeObject>(options: ReflectorOptions<T>): Reflector<T> {
  const { cluster, type, scope = {}, clock, rng, logger, silenceMsMax = WATCH_SILENCE_MS_MAX } = options;
  const cache = makeObjectCache<T>(options.indexes);
  const listeners = new Set<(change: ObjectChange<T>) => void>();
  const stopping = new AbortController();
  const firstList = Promise.withResolvers<void>();
  const counts = { synced: false, lists: 0, watches: 0, failures: 0, heardAtMs: clock.monotonicMs(), actedAtMs: clock.monotonicMs() };
  const lag = measureLag(clock);
  const heard = (): void => {
    counts.heardAtMs = clock.monotonicMs();
    counts.actedAtMs = counts.heardAtMs;
    lag.seen(cache.resourceVersion);
  };
  const subject = { kind: type.kind, ...scope };

  const tell = (change: ObjectChange<T>, listener: (change: ObjectChange<T>) => void): void => {
    try {
      listener(change);
    } catch (error) {
      logger.error({ err: error, ...subject, name: change.object.metadata.name }, 'a listener of the reflector threw; the others go on');
    }
  };
  const emit = (changes: readonly ObjectChange<T>[]): void => {
    for (const change of changes) for (const listener of listeners) tell(change, listener);
  };

  const list = async (): Promise<StepOutcome> => {
    try {
      const { items, resourceVersion } = await cluster.list<T>(type, scope, { signal: stopping.signal });
      counts.lists += 1;
      const changes = cache.replace(items.map(clean), resourceVersion);
      heard();
      emit(changes);
      counts.synced = true;
      firstList.resolve();
      return { type: 'listed', resourceVersion };
    } catch (error) {
      return failed(error, { type: 'failed' });
    }
  };

  const watch = async (resourceVersion: string): Promise<StepOutcome> => {
    const silence = watchSilence(clock, silenceMsMax);
    const openedAtMs = clock.monotonicMs();
    let version = resourceVersion;
    let told = false;
    const progressed = (): boolean => told || clock.monotonicMs() - openedAtMs > RECONNECT_BACKOFF.maxMs;
    try {
      const chunks = await cluster.watch(type, {
        ...scope,
        resourceVersion,
        timeoutSeconds: Math.round(WATCH_SECONDS_MIN * (1 + rng.next())),
        signal: AbortSignal.any([stopping.signal, silence.signal]),
      });
      counts.watches += 1;
      for await (const events of chunks) {
        silence.heard();
        for (const event of events) {
          if (event.type === 'ERROR') throw watchError(event);
          told = true;
          version = event.object.metadata.resourceVersion ?? version;
          take(event);
        }
        heard();
      }
      return { type: 'ended', resourceVersion: version, progressed: progressed() };
    } catch (error) {
      if (isExpired(error)) return { type: 'expired', progressed: progressed() };
      if (silence.signal.aborted) {
        logger.warn({ ...subject, silenceMsMax }, 'watch went silent; opening another');
        return { type: 'ended', resourceVersion: version, progressed: true };
      }
      // A kind that is gone (404) has nothing to resume.
      const gone = error instanceof ClusterError && error.statusCode === 404;
      return failed(error, gone ? { type: 'failed' } : { type: 'broken', resourceVersion: version, progressed: progressed() });
    } finally {
      silence.end();
    }
  };

  const take = (event: Exclude<WatchEvent, { readonly type: 'ERROR' }>): void => {
    const object = clean(event.object as T);
    if (event.type === 'BOOKMARK') cache.advance(object.metadata.resourceVersion ?? '0');
    else emit(event.type === 'DELETED' ? cache.remove(object) : cache.upsert(object));
  };

  /** Managed fields are half of an object's bytes and never read; the type is missing from list items and wrong in metadata-only ones. */
  const clean = (object: T): T => {
    const { managedFields: _managedFields, ...metadata } = object.metadata;
    const named = { apiVersion: type.apiVersion, kind: type.kind, metadata };
    return scope.metadataOnly === true ? (named as KubeObject as T) : { ...object, ...named };
  };

  let retryAfterMs = 0;
  const failed = (error: unknown, outcome: StepOutcome): StepOutcome => {
    retryAfterMs = error instanceof ClusterError ? Math.min(error.retryAfterMs ?? 0, RETRY_AFTER_MS_MAX) : 0;
    if (!stopping.signal.aborted) logger.warn({ err: error, ...subject, failures: counts.failures }, 'list or watch failed; trying again');
    return outcome;
  };

  const run = async (): Promise<void> => {
    let state = REFLECTOR_START;
    while (!stopping.signal.aborted) {
      counts.actedAtMs = clock.monotonicMs();
      const outcome = state.step.type === 'list' ? await list() : await watch(state.step.resourceVersion);
      state = nextState(state, outcome);
      counts.failures = state.failures;
      if (!waitsBefore(outcome, state)) continue;
      const delayMs = Math.max(backoffMs(state.failures, RECONNECT_BACKOFF, rng), retryAfterMs);
      await clock.sleep(delayMs, stopping.signal).catch(() => undefined);
    }
  };
  const running = run();

  return {
    type,
    get: (key) => cache.get(key),
    list: () => cache.list(),
    byIndex: (index, value) => cache.byIndex(index, value),
    get size() {
      return cache.size;
    },
    onChange(listener) {
      for (const object of cache.list()) tell({ type: 'added', object, previous: undefined, fromList: true, own: false }, listener);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    note(object) {
      const cleaned = clean(object);
      const key = objectKey(object.metadata);
      if (isInScope(scope, object) ?? cache.get(key) !== undefined) {
        lag.written(object.metadata.resourceVersion ?? '0', cache.resourceVersion);
        emit(cache.note(cleaned));
      }
      const held = cache.get(key);
      const { uid, resourceVersion } = object.metadata;
      return held !== undefined && held.metadata.uid === uid && held.metadata.resourceVersion === resourceVersion ? held : cleaned;
    },
    synced: firstList.promise,
    stats: () => ({
      synced: counts.synced,
      objects: cache.size,
      silenceMs: clock.monotonicMs() - counts.heardAtMs,
      idleMs: clock.monotonicMs() - counts.actedAtMs,
      lagMs: lag.lagMs(),
      lists: counts.lists,
      watches: counts.watches,
      failuresInARow: counts.failures,
      resourceVersion: cache.resourceVersion,
    }),
    async stop() {
      listeners.clear();
      stopping.abort(new Error('the reflector was stopped'));
      await running;
    },
  };
}

function watchError(event: Extract<WatchEvent, { readonly type: 'ERROR' }>): ClusterError {
  const { code = 0, message = 'no message' } = event.object;
  return new ClusterError(`watch: API server reported ${code}: ${message}`, { statusCode: code, status: event.object });
}

interface WatchSilence {
  readonly signal: AbortSignal;
  heard(): void;
  end(): void;
}

/** Aborts when nothing was heard for `silenceMsMax`; one timer at a time, however many events come. */
function watchSilence(clock: Clock, silenceMsMax: number): WatchSilence {
  const controller = new AbortController();
  let heardAtMs = clock.monotonicMs();
  const check = (): void => {
    const leftMs = heardAtMs + silenceMsMax - clock.monotonicMs();
    if (leftMs <= 0) controller.abort(new Error(`no word from the API server for ${silenceMsMax} ms`));
    else cancel = clock.after(leftMs, check);
  };
  let cancel = clock.after(silenceMsMax, check);
  return {
    signal: controller.signal,
    heard: () => {
      heardAtMs = clock.monotonicMs();
    },
    end: () => cancel(),
  };
}
