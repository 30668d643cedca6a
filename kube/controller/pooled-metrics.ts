/** Metrics of several sets of controllers in one process, which have the same names in each set. */
import type { ControlMetrics } from './metrics.ts';

/** Metrics of one set. */
export interface PooledMetrics extends ControlMetrics {
  /** Takes the set out of every gauge. */
  close(): void;
}

/** The values of one gauge, by set. */
type Values<State> = Map<symbol, State>;

/**
 * Gives each set metrics of its own over one source. Counters and histograms add up. Gauges show the sum over all sets where they count, and the
 * greatest value where they tell an age.
 */
export function poolControlMetrics(metrics: ControlMetrics): () => PooledMetrics {
  const workers = makePool<{ readonly count: number; readonly max: number }>((name, states) =>
    metrics.activeWorkers(name, sumOf(states, 'count'), sumOf(states, 'max')),
  );
  const queues = makePool<Parameters<ControlMetrics['queue']>[1]>((name, states) =>
    metrics.queue(name, { depth: sumOf(states, 'depth'), oldestWaitMs: greatest(states, 'oldestWaitMs') }),
  );
  const caches = makePool<Parameters<ControlMetrics['cache']>[1]>((kind, states) =>
    metrics.cache(kind, {
      silenceMs: greatest(states, 'silenceMs'),
      lagMs: greatest(states, 'lagMs'),
      objects: sumOf(states, 'objects'),
    }),
  );
  return () => {
    const set = Symbol('set');
    return {
      ...metrics,
      activeWorkers: (name, count, max) => workers.take(set, name, { count, max }),
      queue: (name, state) => queues.take(set, name, state),
      cache: (kind, state) => caches.take(set, kind, state),
      close() {
        for (const pool of [workers, queues, caches]) pool.drop(set);
      },
    };
  };
}

interface Pool<State> {
  take(set: symbol, name: string, state: State): void;
  drop(set: symbol): void;
}

function makePool<State>(show: (name: string, states: readonly State[]) => void): Pool<State> {
  const byName = new Map<string, Values<State>>();
  return {
    take(set, name, state) {
      const values = byName.get(name) ?? new Map<symbol, State>();
      byName.set(name, values.set(set, state));
      show(name, [...values.values()]);
    },
    drop(set) {
      for (const [name, values] of byName) if (values.delete(set)) show(name, [...values.values()]);
    },
  };
}

function sumOf<Field extends string>(states: readonly Readonly<Record<Field, number>>[], field: Field): number {
  return states.reduce((sum, state) => sum + state[field], 0);
}

function greatest<Field extends string>(states: readonly Readonly<Record<Field, number>>[], field: Field): number {
  return Math.max(0, ...states.map((state) => state[field]));
}
