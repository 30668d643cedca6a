import { FlotillaError } from '@flotilla/contracts/errors.ts';
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import { backoffMs } from '../watch/backoff.ts';
import { ClusterError } from '../transport/cluster-error.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { linkedAbort } from '../transport/linked-abort.ts';
import type { KernelLogger } from '../ports/logger.ts';
import type { ObjectChange } from '../watch/object-cache.ts';
import type { Reflector } from '../watch/reflector.ts';
import type { ControlMetrics } from './metrics.ts';
import type { Priority } from './priority.ts';
import { makeWorkQueue, type QueueItem } from './work-queue.ts';

const WORKERS = 10;
/** Extra workers that take nothing but kills, so that one never waits for slow work of a lower priority. */
const KILL_WORKERS = 2;
const DEADLINE_MS = 30_000;
/** The longest back-off also is how often a terminal failure is looked at again: the world may have changed unseen. */
const FAILURE_BACKOFF = { baseMs: 100, maxMs: 300_000 };
const UNAVAILABLE_BACKOFF_MS_MAX = 10_000;

export interface ReconcileContext {
  /** Aborted at the deadline and when the controller stops; pass it to every request. */
  readonly signal: AbortSignal;
  readonly priority: Priority;
  /** Failures in a row before this try. */
  readonly failures: number;
}

/** `requeueAfterMs`: look again then, whatever happens. */
export type ReconcileOutcome = { readonly requeueAfterMs?: number | undefined } | undefined | void;

/** Brings the world to what the object under `key` says. Level-triggered: it is told where to look, never what happened. */
export type Reconcile = (key: string, context: ReconcileContext) => Promise<ReconcileOutcome>;

export interface Source {
  readonly reflector: Pick<Reflector, 'onChange' | 'synced' | 'stats'>;
  /** The keys that a change concerns. Asked for the object before and after the change, so that a former owner hears of it too. */
  mapToKeys(object: KubeObject): readonly string[];
  /** False: the change is of no interest. Default: every change is. */
  concerns?(change: ObjectChange): boolean;
  /** Default: `spec` as it happens, `resync` for what a list brings. */
  priority?(change: ObjectChange): Priority;
}

/** For `concerns`: whether what an object asks for changed, or whether it is there; not when its status or labels did. */
export function specChanged({ type, object, previous }: ObjectChange): boolean {
  const { uid, generation } = object.metadata;
  return type !== 'modified' || generation === undefined || generation !== previous?.metadata.generation || uid !== previous.metadata.uid;
}

/**
 * For `concerns` of a kind that the controller writes itself: its own writes are no news to it, unless what the object asks for was changed by
 * somebody right before, and came with the answer.
 */
export function isNews(change: ObjectChange): boolean {
  return !change.own || (change.type === 'modified' && specChanged(change));
}

/** A Source over typed objects. */
export function makeSource<T extends KubeObject>(
  reflector: Reflector<T>,
  mapToKeys: (object: T) => readonly string[],
  options: { readonly concerns?: (change: ObjectChange<T>) => boolean; readonly priority?: (change: ObjectChange<T>) => Priority } = {},
): Source {
  // The reflector only ever hands out T, so narrowing what it handed out is sound.
  const { concerns, priority } = options;
  return {
    reflector,
    mapToKeys: (object) => mapToKeys(object as T),
    ...(concerns === undefined ? {} : { concerns: (change) => concerns(change as ObjectChange<T>) }),
    ...(priority === undefined ? {} : { priority: (change) => priority(change as ObjectChange<T>) }),
  };
}

export interface ControllerOptions {
  readonly name: string;
  readonly sources: readonly Source[];
  readonly reconcile: Reconcile;
  /** Default 10. */
  readonly workers?: number;
  /** Default 30 s. */
  readonly deadlineMs?: number;
  /**
   * A key is looked at no sooner than this after its last look began, kills apart: for one that gathers what many objects say, so that a
   * burst of them costs it a few looks. The first change after a quiet time waits for nothing. Default 0.
   */
  readonly spacingMs?: number;
  readonly clock: Clock;
  readonly rng: Pick<Rng, 'next'>;
  readonly logger: KernelLogger;
  readonly metrics: ControlMetrics;
  /** Each reconciliation is one span. Default: none is made. */
  readonly trace?: RunInSpan | undefined;
}

/** Runs `work` in a span of a trace; a rejection marks the span and passes. */
export type RunInSpan = <T>(name: string, attributes: Readonly<Record<string, string>>, work: () => Promise<T>) => Promise<T>;

export interface ControllerStats {
  readonly synced: boolean;
  readonly depth: number;
  /** How long the key that came first has been waiting. */
  readonly oldestWaitMs: number;
  readonly active: number;
  /** Reconciliations beyond their deadline that have not returned; their keys are held back until they do. */
  readonly hung: number;
  /** How long the oldest of them has been beyond its deadline. */
  readonly hungMs: number;
  readonly failing: number;
}

export interface Controller {
  readonly name: string;
  /** Makes it look at a key for a reason that no source sees. */
  enqueue(key: string, priority: Priority): void;
  stats(): ControllerStats;
  /** Starts nothing new, aborts what runs, resolves when it ended. */
  stop(): Promise<void>;
}

/** Waits for all sources to be synced, then reconciles: one worker per key, failures retried with back-off per key, each try with a deadline. */
export function startController(options: ControllerOptions): Controller {
  const { name, reconcile, clock, rng, logger, metrics, trace, workers = WORKERS, deadlineMs = DEADLINE_MS, spacingMs = 0 } = options;
  const failures = new Map<string, number>();
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  const unsubscribes: (() => void)[] = [];
  let synced = false;
  let busy = 0;
  /** When each reconciliation that has not returned passed its deadline, the oldest first. */
  const hungSinceMs = new Map<string, number>();
  /** Keys that were looked at less than `spacingMs` ago, with the time from which they may be again. */
  const restingUntilMs = new Map<string, number>();

  const queue = makeWorkQueue(clock, () => pump());

  const measure = (): void => {
    metrics.activeWorkers(name, busy, workers);
    metrics.queue(name, { depth: queue.depth, oldestWaitMs: queue.oldestWaitMs() });
  };

  const takeNext = (): QueueItem | undefined => {
    if (!synced || stopping.signal.aborted || busy >= workers + KILL_WORKERS) return undefined;
    return queue.take(busy < workers ? 'resync' : 'kill');
  };

  const pump = (): void => {
    for (let item = takeNext(); item !== undefined; item = takeNext()) {
      metrics.waited(name, item.waitedMs);
      const run = work(item.key, item.priority).finally(() => running.delete(run));
      running.add(run);
    }
    measure();
  };

  const rest = (key: string): void => {
    const untilMs = clock.monotonicMs() + spacingMs;
    restingUntilMs.set(key, untilMs);
    clock.after(spacingMs, () => {
      if (restingUntilMs.get(key) === untilMs) restingUntilMs.delete(key);
    });
  };

  const offer = (key: string, priority: Priority): void => {
    metrics.added(name);
    const untilMs = priority === 'kill' ? undefined : restingUntilMs.get(key);
    if (untilMs === undefined) queue.add(key, priority);
    else queue.addAfter(key, priority, Math.max(0, untilMs - clock.monotonicMs()));
  };

  const work = async (key: string, priority: Priority): Promise<void> => {
    busy += 1;
    const startedAtMs = clock.monotonicMs();
    if (spacingMs > 0) rest(key);
    const deadline = linkedAbort([stopping.signal]);
    const late = Promise.withResolvers<'late'>();
    const cancel = clock.after(deadlineMs, () => {
      deadline.abort(new Error(`reconcile of ${key} took longer than ${deadlineMs} ms`));
      late.resolve('late');
    });
    const attempt = attemptOf(key, priority, deadline.signal);
    const first = await Promise.race([attempt, late.promise]);
    cancel();
    busy -= 1;
    if (first === 'late') {
      // The worker goes on with other keys at once; this key waits for its own call to return, so that no two ever run for it.
      hungSinceMs.set(key, clock.monotonicMs());
      metrics.timedOut(name);
      logger.error({ controller: name, key, deadlineMs }, 'reconcile is beyond its deadline');
      pump();
      await attempt;
      hungSinceMs.delete(key);
      finish(key, priority, { error: deadline.signal.reason as Error }, clock.monotonicMs() - startedAtMs);
    } else {
      finish(key, priority, first, clock.monotonicMs() - startedAtMs);
    }
    deadline.end();
    queue.done(key);
    pump();
  };

  const attemptOf = async (key: string, priority: Priority, signal: AbortSignal): Promise<Attempt> => {
    const context = { signal, priority, failures: failures.get(key) ?? 0 };
    try {
      if (trace === undefined) return { outcome: await reconcile(key, context) };
      return { outcome: await trace(`reconcile ${name}`, { key, priority }, () => reconcile(key, context)) };
    } catch (error) {
      return { error };
    }
  };

  const finish = (key: string, priority: Priority, attempt: Attempt, durationMs: number): void => {
    if ('error' in attempt) {
      if (stopping.signal.aborted) return;
      failed(key, priority, attempt.error, durationMs);
      return;
    }
    failures.delete(key);
    const afterMs = attempt.outcome?.requeueAfterMs;
    metrics.reconciled(name, afterMs === undefined ? 'success' : 'requeue_after', durationMs);
    if (afterMs !== undefined) queue.addAfter(key, 'resync', afterMs);
  };

  const failed = (key: string, priority: Priority, error: unknown, durationMs: number): void => {
    const count = (failures.get(key) ?? 0) + 1;
    failures.set(key, count);
    const delayMs = retryDelayMs(error, count, rng);
    metrics.reconciled(name, 'error', durationMs);
    if (!(error instanceof FlotillaError)) metrics.panicked(name);
    if (isTerminal(error)) metrics.failedTerminally(name);
    metrics.retried(name);
    logger.warn({ err: error, controller: name, key, failures: count, retryInMs: Math.round(delayMs) }, 'reconcile failed');
    queue.addAfter(key, priority, delayMs);
  };

  const hear = (source: Source, change: ObjectChange): void => {
    if (source.concerns?.(change) === false) return;
    const priority = source.priority?.(change) ?? (change.fromList ? 'resync' : 'spec');
    const keys = new Set(source.mapToKeys(change.object));
    if (change.previous !== undefined && change.previous !== change.object)
      for (const key of source.mapToKeys(change.previous)) keys.add(key);
    for (const key of keys) offer(key, priority);
  };

  const begin = async (): Promise<void> => {
    for (const source of options.sources) unsubscribes.push(source.reflector.onChange((change) => hear(source, change)));
    await Promise.all(options.sources.map(({ reflector }) => reflector.synced));
    synced = true;
    pump();
  };
  void begin();

  return {
    name,
    enqueue: offer,
    stats() {
      const [oldestMs = clock.monotonicMs()] = hungSinceMs.values();
      return {
        synced,
        depth: queue.depth,
        oldestWaitMs: queue.oldestWaitMs(),
        active: busy,
        hung: hungSinceMs.size,
        hungMs: clock.monotonicMs() - oldestMs,
        failing: failures.size,
      };
    },
    async stop() {
      stopping.abort(new Error(`controller ${name} was stopped`));
      for (const unsubscribe of unsubscribes) unsubscribe();
      queue.close();
      await Promise.all(running);
    },
  };
}

type Attempt = { readonly outcome: ReconcileOutcome } | { readonly error: unknown };

function isTerminal(error: unknown): boolean {
  return error instanceof FlotillaError && error.retry === 'terminal';
}

/** A dependency that is away is tried again within seconds however long it was away; what it asked to wait is honoured. */
function retryDelayMs(error: unknown, failures: number, rng: Pick<Rng, 'next'>): number {
  if (isTerminal(error)) return FAILURE_BACKOFF.maxMs;
  const maxMs = error instanceof FlotillaError && error.retry === 'later' ? UNAVAILABLE_BACKOFF_MS_MAX : FAILURE_BACKOFF.maxMs;
  const asked = error instanceof ClusterError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(Math.min(asked, FAILURE_BACKOFF.maxMs), backoffMs(failures, { baseMs: FAILURE_BACKOFF.baseMs, maxMs }, rng));
}
