/** A live copy of the objects of one kind in one scope. A reflector lists, watches, and calls listeners for every change. */
import { AssertionError } from '@flotilla/contracts/errors/assert.ts';
import { backOffDelayMs } from '@flotilla/contracts/errors/back-off.ts';
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import { ClusterError, isExpired } from '../transport/cluster-error.ts';
import type { Cluster, ListScope, WatchEvent } from '../cluster/cluster.ts';
import { isInScope } from './in-scope.ts';
import { foreignFields } from '../objects/foreign-fields.ts';
import { type KubeObject, objectKey, type ObjectKey } from '../objects/kube-object.ts';
import type { KernelLogger } from '../ports/logger.ts';
import { type LagMeasure, measureLag } from './measure-lag.ts';
import { makeObjectCache, type ObjectCache, type ObjectChange, type ObjectReader } from './object-cache.ts';
import type { IndexFunction } from './object-indexes.ts';
import type { ResourceType } from '../objects/resource-type.ts';
import { nextState, REFLECTOR_START, type StepOutcome, waitsBefore } from './watch-plan.ts';

/** Silence after which a watch counts as dead: the server sends a bookmark about every minute. */
export const WATCH_SILENCE_MS_MAX = 70_000;
/** The server ends a watch after this time plus a random part of the same length, so that watches spread over its replicas. */
const WATCH_SECONDS_MIN = 300;
/** The longest delay is short, so that the reflector notices within seconds that the server is back. */
const RECONNECT_DELAYS = { firstMs: 100, maxMs: 2_000 };
/** Bound on the `Retry-After` of the server. */
const RETRY_AFTER_MS_MAX = 30_000;

export interface ReflectorOptions<T extends KubeObject> {
  readonly cluster: Pick<Cluster, 'list' | 'watch'>;
  readonly type: ResourceType;
  /** A namespace, a label selector, metadata only: choose the narrowest scope that is enough. Default: all objects of the kind, with all fields. */
  readonly scope?: ListScope;
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  /**
   * Whether a field manager is ours. With it, objects carry the fields that other managers added (`metadata.foreignFields`), which the
   * executor needs for intents with `whole`. Default: objects do not carry them.
   */
  readonly isOwnManager?: (manager: string) => boolean;
  readonly clock: Clock;
  readonly rng: Pick<Rng, 'next'>;
  readonly logger: KernelLogger;
  /** Default `WATCH_SILENCE_MS_MAX`. */
  readonly silenceMsMax?: number;
}

export interface ReflectorStats {
  readonly synced: boolean;
  readonly objects: number;
  /** Time since the last event, bookmark or list of the server. */
  readonly silenceMs: number;
  /** Time since the last step of the loop, a failed try included. Grows beyond a minute only when the loop hangs. */
  readonly idleMs: number;
  /** Time that the last own write took to show on the watch. For a write that does not show yet: the time that it has waited. */
  readonly lagMs: number;
  readonly lists: number;
  readonly watches: number;
  readonly failuresInARow: number;
  readonly resourceVersion: string;
}

export interface Reflector<T extends KubeObject = KubeObject> extends ObjectReader<T> {
  readonly type: ResourceType;
  /**
   * Calls `listener` with every change from now on, in order, synchronously. The objects that are there now come first, as added.
   *
   * An AssertionError of a listener ends the process. Any other error is logged, and the other listeners are called.
   *
   * @returns a function that removes the listener
   */
  onChange(listener: (change: ObjectChange<T>) => void): () => void;
  /**
   * Takes over the answer to a write of this process, so that the next read sees it. An object outside the scope is ignored.
   *
   * @returns the answer as the cache holds it: without managed fields, and with metadata alone when the scope asks for no more
   */
  note(object: T): T;
  /** Resolves after the first complete list. */
  readonly synced: Promise<void>;
  stats(): ReflectorStats;
  /** Resolves when the loop has ended. No listener is called after `stop`. */
  stop(): Promise<void>;
}

/** Starts a live copy of one kind in one scope, which retries for ever until it is stopped. */
export function startReflector<T extends KubeObject>(options: ReflectorOptions<T>): Reflector<T> {
  return new LiveCopy(options).begin();
}

class LiveCopy<T extends KubeObject> implements Reflector<T> {
  readonly type: ResourceType;
  readonly synced: Promise<void>;
  readonly #options: ReflectorOptions<T>;
  readonly #scope: ListScope;
  readonly #cache: ObjectCache<T>;
  readonly #lag: LagMeasure;
  readonly #listeners = new Set<(change: ObjectChange<T>) => void>();
  readonly #stopping = new AbortController();
  readonly #firstList = Promise.withResolvers<void>();
  readonly #counts: { synced: boolean; lists: number; watches: number; failures: number; heardAtMs: number; actedAtMs: number };
  #retryAfterMs = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(options: ReflectorOptions<T>) {
    const nowMs = options.clock.monotonicMs();
    this.type = options.type;
    this.synced = this.#firstList.promise;
    this.#options = options;
    this.#scope = options.scope ?? {};
    this.#cache = makeObjectCache<T>(options.indexes);
    this.#lag = measureLag(options.clock);
    this.#counts = { synced: false, lists: 0, watches: 0, failures: 0, heardAtMs: nowMs, actedAtMs: nowMs };
  }

  begin(): this {
    this.#running = this.#run();
    return this;
  }

  get(key: ObjectKey): T | undefined {
    return this.#cache.get(key);
  }

  list(): readonly T[] {
    return this.#cache.list();
  }

  byIndex(index: string, value: string): readonly T[] {
    return this.#cache.byIndex(index, value);
  }

  get size(): number {
    return this.#cache.size;
  }

  onChange(listener: (change: ObjectChange<T>) => void): () => void {
    for (const object of this.#cache.list()) {
      this.#tell({ type: 'added', object, previous: undefined, fromList: true, own: false }, listener);
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  note(object: T): T {
    const cleaned = this.#clean(object);
    const key = objectKey(object.metadata);
    if (isInScope(this.#scope, object) ?? this.#cache.get(key) !== undefined) {
      this.#lag.written(object.metadata.resourceVersion ?? '0', this.#cache.resourceVersion);
      this.#emit(this.#cache.note(cleaned));
    }
    const held = this.#cache.get(key);
    const { uid, resourceVersion } = object.metadata;
    return held !== undefined && held.metadata.uid === uid && held.metadata.resourceVersion === resourceVersion ? held : cleaned;
  }

  stats(): ReflectorStats {
    const nowMs = this.#options.clock.monotonicMs();
    const { synced, lists, watches, failures, heardAtMs, actedAtMs } = this.#counts;
    return {
      synced,
      objects: this.#cache.size,
      silenceMs: nowMs - heardAtMs,
      idleMs: nowMs - actedAtMs,
      lagMs: this.#lag.lagMs(),
      lists,
      watches,
      failuresInARow: failures,
      resourceVersion: this.#cache.resourceVersion,
    };
  }

  async stop(): Promise<void> {
    this.#listeners.clear();
    this.#stopping.abort(new Error('the reflector was stopped'));
    await this.#running;
  }

  /**
   * Retries for ever. A loop of its own, because a failure does not always mean the same step again: `nextState` decides whether a watch resumes
   * or a list comes first, and a watch that ended in the ordinary way is opened again without a delay.
   */
  async #run(): Promise<void> {
    const { clock, rng } = this.#options;
    let state = REFLECTOR_START;
    while (!this.#stopping.signal.aborted) {
      this.#counts.actedAtMs = clock.monotonicMs();
      const outcome = state.step.type === 'list' ? await this.#list() : await this.#watch(state.step.resourceVersion);
      state = nextState(state, outcome);
      this.#counts.failures = state.failures;
      if (!waitsBefore(outcome, state)) continue;
      const delayMs = Math.max(backOffDelayMs(state.failures, RECONNECT_DELAYS, rng), this.#retryAfterMs);
      await clock.sleep(delayMs, this.#stopping.signal).catch(() => undefined);
    }
  }

  async #list(): Promise<StepOutcome> {
    try {
      const { items, resourceVersion } = await this.#options.cluster.list<T>(this.type, this.#scope, { signal: this.#stopping.signal });
      this.#counts.lists += 1;
      const changes = this.#cache.replace(
        items.map((item) => this.#clean(item)),
        resourceVersion,
      );
      this.#heard();
      this.#emit(changes);
      this.#counts.synced = true;
      this.#firstList.resolve();
      return { type: 'listed', resourceVersion };
    } catch (error) {
      return this.#failed(error, { type: 'failed' });
    }
  }

  async #watch(resourceVersion: string): Promise<StepOutcome> {
    const { clock, silenceMsMax = WATCH_SILENCE_MS_MAX } = this.#options;
    const silence = watchSilence(clock, silenceMsMax);
    const openedAtMs = clock.monotonicMs();
    const place: WatchPlace = { resourceVersion, hasEvents: false };
    // A watch that lasted counts as progress even without an event.
    const progressed = (): boolean => place.hasEvents || clock.monotonicMs() - openedAtMs > RECONNECT_DELAYS.maxMs;
    try {
      await this.#follow(place, silence);
      return { type: 'ended', resourceVersion: place.resourceVersion, progressed: progressed() };
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      if (isExpired(error)) return { type: 'expired', progressed: progressed() };
      if (silence.signal.aborted) {
        this.#options.logger.warn({ ...this.#subject(), silenceMsMax }, 'the watch was silent for too long; opening another');
        return { type: 'ended', resourceVersion: place.resourceVersion, progressed: true };
      }
      // A kind that is gone (404) has nothing to resume.
      const gone = error instanceof ClusterError && error.statusCode === 404;
      const broken = { type: 'broken', resourceVersion: place.resourceVersion, progressed: progressed() } as const;
      return this.#failed(error, gone ? { type: 'failed' } : broken);
    } finally {
      silence.end();
    }
  }

  /** Reads one watch to its end. */
  async #follow(place: WatchPlace, silence: WatchSilence): Promise<void> {
    const { cluster, rng } = this.#options;
    const chunks = await cluster.watch(this.type, {
      ...this.#scope,
      resourceVersion: place.resourceVersion,
      timeoutSeconds: Math.round(WATCH_SECONDS_MIN * (1 + rng.next())),
      signal: AbortSignal.any([this.#stopping.signal, silence.signal]),
    });
    this.#counts.watches += 1;
    for await (const events of chunks) {
      silence.heard();
      for (const event of events) {
        if (event.type === 'ERROR') throw watchError(event);
        place.hasEvents = true;
        place.resourceVersion = event.object.metadata.resourceVersion ?? place.resourceVersion;
        this.#take(event);
      }
      this.#heard();
    }
  }

  #take(event: Exclude<WatchEvent, { readonly type: 'ERROR' }>): void {
    const object = this.#clean(event.object as T);
    if (event.type === 'BOOKMARK') this.#cache.advance(object.metadata.resourceVersion ?? '0');
    else this.#emit(event.type === 'DELETED' ? this.#cache.remove(object) : this.#cache.upsert(object));
  }

  #foreign(managedFields: readonly unknown[] | undefined): Pick<KubeObject['metadata'], 'foreignFields'> {
    const { isOwnManager } = this.#options;
    const fields = isOwnManager === undefined ? [] : foreignFields(managedFields, isOwnManager);
    return fields.length === 0 ? {} : { foreignFields: fields };
  }

  /** Drops managed fields, which are half of an object's bytes, and sets the type, which list items lack and metadata-only objects have wrong. */
  #clean(object: T): T {
    const { managedFields, ...rest } = object.metadata;
    const metadata = { ...rest, ...this.#foreign(managedFields) };
    const named = { apiVersion: this.type.apiVersion, kind: this.type.kind, metadata };
    return this.#scope.metadataOnly === true ? (named as KubeObject as T) : { ...object, ...named };
  }

  #heard(): void {
    this.#counts.heardAtMs = this.#options.clock.monotonicMs();
    this.#counts.actedAtMs = this.#counts.heardAtMs;
    this.#lag.seen(this.#cache.resourceVersion);
  }

  #emit(changes: readonly ObjectChange<T>[]): void {
    for (const change of changes) for (const listener of this.#listeners) this.#tell(change, listener);
  }

  #tell(change: ObjectChange<T>, listener: (change: ObjectChange<T>) => void): void {
    try {
      listener(change);
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      const { name } = change.object.metadata;
      this.#options.logger.error(
        { err: error, ...this.#subject(), name },
        'a listener of the reflector failed; the other listeners are called',
      );
    }
  }

  #failed(error: unknown, outcome: StepOutcome): StepOutcome {
    if (error instanceof AssertionError) throw error;
    this.#retryAfterMs = error instanceof ClusterError ? Math.min(error.retryAfterMs ?? 0, RETRY_AFTER_MS_MAX) : 0;
    if (!this.#stopping.signal.aborted) {
      this.#options.logger.warn({ err: error, ...this.#subject(), failures: this.#counts.failures }, 'a list or watch failed; retrying');
    }
    return outcome;
  }

  #subject(): Readonly<Record<string, unknown>> {
    return { kind: this.type.kind, ...this.#scope };
  }
}

/** Progress of one watch. */
interface WatchPlace {
  resourceVersion: string;
  hasEvents: boolean;
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

/** Aborts after `silenceMsMax` without a call of `heard`. One timer runs at a time, however many events come. */
function watchSilence(clock: Clock, silenceMsMax: number): WatchSilence {
  const controller = new AbortController();
  let heardAtMs = clock.monotonicMs();
  const check = (): void => {
    const leftMs = heardAtMs + silenceMsMax - clock.monotonicMs();
    if (leftMs <= 0) controller.abort(new Error(`expected an event or bookmark of the API server within ${silenceMsMax} ms, found none`));
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
