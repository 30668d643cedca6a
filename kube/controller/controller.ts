/** Level-triggered reconciliation: hands each key that a change concerns to a worker, with retries and deadlines. One worker has a key at a time. */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import type { KernelLogger } from '../ports/logger.ts';
import type { ObjectChange } from '../watch/object-cache.ts';
import { type Attempt, type AttemptOptions, startAttempt } from './attempt.ts';
import { type KeySpacing, makeKeySpacing } from './key-spacing.ts';
import type { ControlMetrics } from './metrics.ts';
import type { Priority } from './priority.ts';
import type { Reconcile, RunInSpan } from './reconcile.ts';
import { isTerminal, retryDelayMs } from './retry-delay.ts';
import { keysOf, type Source } from './source.ts';
import { makeWorkQueue, type QueueItem, type WorkQueue } from './work-queue.ts';

const WORKERS = 10;
/** Extra workers that take only keys of priority `kill`, so that such a key never waits for slow work of a lower priority. */
const KILL_WORKERS = 2;
const DEADLINE_MS = 30_000;
/** Least time after a failure of a key until its next try, for a kill too. */
const AFTER_FAILURE_MS_MIN = 150;
export interface ControllerOptions {
  readonly name: string;
  readonly sources: readonly Source[];
  readonly reconcile: Reconcile;
  /** Default 10. */
  readonly workers?: number;
  /** Default 30 s. */
  readonly deadlineMs?: number;
  /**
   * Shortest time between the starts of two reconciliations of one key. Priority `kill` does not wait, and the first change after a quiet time
   * starts at once. Useful for a key that depends on many objects: a burst of changes then costs a few reconciliations. Default 0.
   */
  readonly spacingMs?: number;
  readonly clock: Clock;
  readonly rng: Pick<Rng, 'next'>;
  readonly logger: KernelLogger;
  readonly metrics: ControlMetrics;
  /** Runs each reconciliation in a span of a trace. Default: no spans. */
  readonly trace?: RunInSpan | undefined;
}

export interface ControllerStats {
  readonly synced: boolean;
  readonly depth: number;
  /** How long the first key in the queue has been waiting. */
  readonly oldestWaitMs: number;
  readonly active: number;
  /** Reconciliations beyond their deadline that have not returned. Their keys are held back until they return. */
  readonly hung: number;
  /** How long the oldest hung reconciliation has been beyond its deadline. */
  readonly hungMs: number;
  readonly failing: number;
}

export interface Controller {
  readonly name: string;
  /** Reconciles a key for a reason that no source sees. */
  enqueue(key: string, priority: Priority): void;
  stats(): ControllerStats;
  /** Starts no other reconciliation and aborts the running ones. Resolves when they have ended. */
  stop(): Promise<void>;
}

/** Waits until all sources are synced, then reconciles. Each try has a deadline; failures are retried with back-off, counted for each key. */
export function startController(options: ControllerOptions): Controller {
  const controller = new RunningController(options);
  void controller.begin();
  return controller;
}

class RunningController implements Controller {
  readonly name: string;
  readonly #options: ControllerOptions;
  readonly #workers: number;
  readonly #queue: WorkQueue;
  readonly #spacing: KeySpacing;
  readonly #attempts: AttemptOptions;
  readonly #stopping = new AbortController();
  readonly #unsubscribes: (() => void)[] = [];
  readonly #running = new Set<Promise<void>>();
  /** By key: failures in a row, and the time of the last one. */
  readonly #failures = new Map<string, { readonly count: number; readonly atMs: number }>();
  /** Time at which each hung reconciliation passed its deadline, the oldest first. */
  readonly #hungSinceMs = new Map<string, number>();
  #isSynced = false;
  #busy = 0;

  constructor(options: ControllerOptions) {
    const { name, reconcile, clock, trace, workers = WORKERS, deadlineMs = DEADLINE_MS, spacingMs = 0 } = options;
    assert(
      workers > 0 && deadlineMs > 0 && spacingMs >= 0,
      `controller ${name}: expected workers and deadlineMs above 0, spacingMs 0 or more`,
    );
    this.name = name;
    this.#options = options;
    this.#workers = workers;
    this.#queue = makeWorkQueue(clock, () => this.#pump());
    this.#spacing = makeKeySpacing(clock, spacingMs);
    this.#attempts = { controller: name, reconcile, deadlineMs, clock, stopping: this.#stopping.signal, trace };
  }

  async begin(): Promise<void> {
    const { sources } = this.#options;
    for (const source of sources) this.#unsubscribes.push(source.reflector.onChange((change) => this.#onChange(source, change)));
    await Promise.all(sources.map(({ reflector }) => reflector.synced));
    this.#isSynced = true;
    this.#pump();
  }

  enqueue(key: string, priority: Priority): void {
    this.#options.metrics.added(this.name);
    const waitMs = Math.max(priority === 'kill' ? 0 : this.#spacing.waitMs(key), this.#waitAfterFailureMs(key));
    if (waitMs === 0) this.#queue.add(key, priority);
    else this.#queue.addAfter(key, priority, waitMs);
  }

  /** News of a key overtake its back-off, because they may end the failure. A key with many news must not hammer a server that refuses. */
  #waitAfterFailureMs(key: string): number {
    const failed = this.#failures.get(key);
    return failed === undefined ? 0 : Math.max(0, failed.atMs + AFTER_FAILURE_MS_MIN - this.#options.clock.monotonicMs());
  }

  stats(): ControllerStats {
    const nowMs = this.#options.clock.monotonicMs();
    const [oldestMs = nowMs] = this.#hungSinceMs.values();
    return {
      synced: this.#isSynced,
      depth: this.#queue.depth,
      oldestWaitMs: this.#queue.oldestWaitMs(),
      active: this.#busy,
      hung: this.#hungSinceMs.size,
      hungMs: nowMs - oldestMs,
      failing: this.#failures.size,
    };
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error(`controller ${this.name} was stopped`));
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    this.#queue.close();
    await Promise.all(this.#running);
  }

  #onChange(source: Source, change: ObjectChange): void {
    const { keys, priority } = keysOf(source, change);
    for (const key of keys) this.enqueue(key, priority);
  }

  /** Hands waiting keys to free workers. */
  #pump(): void {
    const { metrics } = this.#options;
    for (let item = this.#takeNext(); item !== undefined; item = this.#takeNext()) {
      metrics.waited(this.name, item.waitedMs);
      const run = this.#work(item).finally(() => this.#running.delete(run));
      this.#running.add(run);
    }
    metrics.activeWorkers(this.name, this.#busy, this.#workers);
    metrics.queue(this.name, { depth: this.#queue.depth, oldestWaitMs: this.#queue.oldestWaitMs() });
  }

  #takeNext(): QueueItem | undefined {
    if (!this.#isSynced || this.#stopping.signal.aborted || this.#busy >= this.#workers + KILL_WORKERS) return undefined;
    return this.#queue.take(this.#busy < this.#workers ? 'resync' : 'kill');
  }

  async #work({ key, priority }: QueueItem): Promise<void> {
    const { clock } = this.#options;
    const startedAtMs = clock.monotonicMs();
    this.#busy += 1;
    this.#spacing.began(key);
    const { inTime, whole } = startAttempt(this.#attempts, key, { priority, failures: this.#failures.get(key)?.count ?? 0 });
    const first = await inTime;
    this.#busy -= 1;
    const attempt = first === 'late' ? await this.#waitForLate(key, whole) : first;
    this.#finish(key, priority, attempt, clock.monotonicMs() - startedAtMs);
    this.#queue.done(key);
    this.#pump();
  }

  /** The worker takes other keys at once. The late key waits until its call has returned, so that two calls never run for one key. */
  async #waitForLate(key: string, whole: Promise<Attempt>): Promise<Attempt> {
    const { clock, logger, metrics } = this.#options;
    this.#hungSinceMs.set(key, clock.monotonicMs());
    metrics.timedOut(this.name);
    logger.error({ controller: this.name, key, deadlineMs: this.#attempts.deadlineMs }, 'a reconciliation is beyond its deadline');
    this.#pump();
    const attempt = await whole;
    this.#hungSinceMs.delete(key);
    return attempt;
  }

  #finish(key: string, priority: Priority, attempt: Attempt, durationMs: number): void {
    if ('error' in attempt) {
      if (!this.#stopping.signal.aborted) this.#retry(key, priority, attempt.error, durationMs);
      return;
    }
    this.#failures.delete(key);
    const afterMs = attempt.outcome?.requeueAfterMs;
    this.#options.metrics.reconciled(this.name, afterMs === undefined ? 'success' : 'requeue_after', durationMs);
    if (afterMs !== undefined) this.#queue.addAfter(key, 'resync', afterMs);
  }

  #retry(key: string, priority: Priority, error: unknown, durationMs: number): void {
    const { rng, logger, metrics } = this.#options;
    const failures = (this.#failures.get(key)?.count ?? 0) + 1;
    this.#failures.set(key, { count: failures, atMs: this.#options.clock.monotonicMs() });
    const delayMs = retryDelayMs(error, failures, rng);
    metrics.reconciled(this.name, 'error', durationMs);
    if (!(error instanceof FlotillaError)) metrics.panicked(this.name);
    if (isTerminal(error)) metrics.failedTerminally(this.name);
    metrics.retried(this.name);
    logger.warn({ err: error, controller: this.name, key, failures, retryInMs: Math.round(delayMs) }, 'a reconciliation failed; retrying');
    this.#queue.addAfter(key, priority, delayMs);
  }
}
