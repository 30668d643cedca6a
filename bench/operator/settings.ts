/** Reads the settings of a benchmark run from the environment. Pure. */

const SCENARIOS = ['load', 'fan-out', 'idle', 'memory', 'hand-over'] as const;
type Scenario = (typeof SCENARIOS)[number];

export interface BenchSettings {
  readonly scenarios: ReadonlySet<Scenario>;
  readonly rounds: number;
  readonly strategies: number;
  /** Of the scenario `memory`. */
  readonly manyStrategies: number;
  readonly idleMinutes: number;
  /** Part of the name of the peers to run; '' is all, `none` is none. */
  readonly peers: string;
}

/** @throws RangeError that says what was expected */
export function parseSettings(env: Readonly<Record<string, string | undefined>>): BenchSettings {
  const number = (name: string, fallback: number): number => {
    const value = Number(env[name] ?? fallback);
    if (!(value > 0)) throw new RangeError(`${name}: expected a number above 0, found ${env[name]}`);
    return value;
  };
  const names = (env['FLOTILLA_BENCH_SCENARIOS'] ?? SCENARIOS.join(',')).split(',');
  for (const name of names) {
    if (!SCENARIOS.some((one) => one === name)) {
      throw new RangeError(`FLOTILLA_BENCH_SCENARIOS: expected some of ${SCENARIOS.join(',')}, found ${name}`);
    }
  }
  return {
    scenarios: new Set(SCENARIOS.filter((one) => names.includes(one))),
    rounds: number('FLOTILLA_BENCH_ROUNDS', 3),
    strategies: number('FLOTILLA_BENCH_STRATEGIES', 1_000),
    manyStrategies: number('FLOTILLA_BENCH_MANY_STRATEGIES', 10_000),
    idleMinutes: number('FLOTILLA_BENCH_IDLE_MINUTES', 1),
    peers: env['FLOTILLA_BENCH_PEERS'] ?? '',
  };
}
