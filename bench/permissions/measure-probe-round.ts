/** Measures one round of the prober over every principal of a fleet: how long it lasts, and what it costs the operator. */
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import type { WholeOperator } from './whole-operator.ts';

const LOOK_MS = 50;
/** A pause of this length is the pause between two rounds. */
const QUIET_MS = 5_000;
/** Rounds begin once a minute; the first one also waits for the accounts. */
const ROUND_MS_MAX = 240_000;

export interface ProbeRound {
  readonly durationS: number;
  /** CPU time of the whole operator during the round, as a share of one core. */
  readonly coreShare: number;
  /** The same in the pause before the round, in which the operator does everything but probe. */
  readonly idleShare: number;
}

export async function measureProbeRound(operator: WholeOperator, principals: number): Promise<ProbeRound> {
  await eventually('a first round is over', async () => (await operator.probeCount()) >= principals, ROUND_MS_MAX);
  const idleShare = await idleUntilQuiet(operator);
  const before = await operator.probeCount();
  const begin = await atCount(operator, before + 1);
  const end = await atCount(operator, before + principals);
  const durationS = (end.atMs - begin.atMs) / 1_000;
  return { durationS, coreShare: (end.cpuS - begin.cpuS) / durationS, idleShare };
}

async function idleUntilQuiet(operator: WholeOperator): Promise<number> {
  for (;;) {
    const [count, cpuS, atMs] = [await operator.probeCount(), operator.cpuSeconds(), performance.now()];
    await new Promise<void>((resolve) => setTimeout(resolve, QUIET_MS));
    if ((await operator.probeCount()) === count) return (operator.cpuSeconds() - cpuS) / ((performance.now() - atMs) / 1_000);
  }
}

async function atCount(operator: WholeOperator, count: number): Promise<{ readonly atMs: number; readonly cpuS: number }> {
  const deadlineMs = performance.now() + ROUND_MS_MAX;
  for (;;) {
    const found = await operator.probeCount();
    if (found >= count) return { atMs: performance.now(), cpuS: operator.cpuSeconds() };
    if (performance.now() > deadlineMs) throw new Error(`expected ${count} probes within ${ROUND_MS_MAX / 1_000} s, found ${found}`);
    await new Promise<void>((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
