/** Assigns each test file to a suite by the ending of its name. */

export const SUITES = {
  /** Pure code: nothing but Node. Two processes share all files, because a process for each of 400 files costs more than the tests. */
  unit: { ending: '.test.ts', concurrency: 2, timeoutMs: 60_000, processOfEachFile: false },
  /** Real servers on free loopback ports, and long work on real files. Tests wait for servers most of the time, so three files fit on two cores. */
  integration: { ending: '.integration.test.ts', concurrency: 3, timeoutMs: 300_000, processOfEachFile: true },
  /** The stories on a whole local cluster of their own. */
  e2e: { ending: '.e2e.test.ts', concurrency: 1, timeoutMs: 900_000, processOfEachFile: true },
  /** kill -9 at random points over every service. */
  kills: { ending: '.kills.test.ts', concurrency: 1, timeoutMs: 900_000, processOfEachFile: true },
  /** The operator behind a proxy that breaks its connection to the API server, by seed. */
  faults: { ending: '.faults.test.ts', concurrency: 1, timeoutMs: 900_000, processOfEachFile: true },
  /** The charts on a real node: containers, services, DNS, NetworkPolicies. */
  cluster: { ending: '.cluster.test.ts', concurrency: 1, timeoutMs: 1_800_000, processOfEachFile: true },
} as const;

export type Suite = keyof typeof SUITES;

/** Endings of all suites but `unit`, whose ending they contain. */
const SPECIAL = Object.values(SUITES)
  .map(({ ending }) => ending)
  .filter((ending) => ending !== SUITES.unit.ending);

export function isSuite(name: string): name is Suite {
  return Object.hasOwn(SUITES, name);
}

/** The files of one suite among `paths`. */
export function filesOf(suite: Suite, paths: readonly string[]): readonly string[] {
  const { ending } = SUITES[suite];
  return paths.filter((path) => path.endsWith(ending) && (suite !== 'unit' || !SPECIAL.some((special) => path.endsWith(special))));
}
