/** The load for every contender on one control plane: a burst, single changes, a ramp. */
import { KINDS } from '@flotilla/operator/kinds.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { percentile } from '../harness/statistics.ts';
import { sendSteadily } from '../harness/send-steadily.ts';
import { writesBetween } from './counters.ts';
import { NAMESPACE } from './control-plane.ts';
import { strategy, strategyName } from './fleet.ts';
import { eventLoopDelayMs } from './operator-metrics.ts';
import type { Session } from './session.ts';

const ALL_READY_MS_MAX = 600_000;
const RAMP_PER_S = 75;
const RAMP_SECONDS = 10;
const SINGLE_CHANGES = 100;
const SINGLE_MS_MAX = 60_000;
/** Time for work after the last Ready (events, reports), so that it does not run during the next scenario. */
const SETTLE_MS = 2_000;

export interface BurstResult {
  /** From the first create to the last Ready that was seen. */
  readonly seconds: number;
  /** Until the API server had all Strategies: the least that any contender could take. */
  readonly createSeconds: number;
  /** Until the last Deployment was seen. */
  readonly deployedSeconds: number;
  readonly cpuSeconds: number;
  /** CPU time of the API server during the run, for all its clients. */
  readonly apiCpuSeconds: number;
  readonly rssMb: number;
  readonly rssPeakMb: number;
  readonly sockets: number;
  /** Successful writes per Strategy by verb and kind, without those of the load generator and the pods. */
  readonly writes: Readonly<Record<string, number>>;
  readonly eventLoopDelayP99Ms: number | undefined;
}

export interface DelayResult {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export async function runBurst(session: Session, count: number): Promise<BurstResult> {
  const { contender, control, stage } = session;
  const before = await control.requests();
  const podWritesBefore = stage.podWrites();
  const cpuBefore = contender.process.cpuSeconds();
  const apiCpuBefore = await control.cpuSeconds();
  await eventLoopDelayMs(contender);
  const startedMs = performance.now();
  await session.createStrategies(0, count);
  const createSeconds = (performance.now() - startedMs) / 1_000;
  const names = Array.from({ length: count }, (_, position) => strategyName(position));
  const isDone = (): boolean => stage.readyCount() >= count && names.every((name) => stage.isReady(name));
  await eventually(`${count} Strategies are Ready`, () => isDone() || !contender.process.isRunning(), ALL_READY_MS_MAX).catch(
    () => undefined,
  );
  if (!isDone()) {
    const state = contender.process.isRunning() ? 'it runs' : 'it ended';
    const ready = names.filter((name) => stage.isReady(name)).length;
    throw new Error(`${ready} of ${count} Strategies are Ready, ${state}; it said:\n${contender.process.log()}`);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  const deployedMs = Math.max(...names.map((name) => stage.deploymentSeenMs(name) ?? Number.NaN));
  const cpuSeconds = contender.process.cpuSeconds() - cpuBefore;
  const apiCpuSeconds = (await control.cpuSeconds()) - apiCpuBefore;
  const eventLoopDelayP99Ms = await eventLoopDelayMs(contender);
  await systemClock.sleep(SETTLE_MS);
  const { nowMb, peakMb } = contender.process.rss();
  const writes = writesBetween(before, await control.requests());
  const foreign = new Map([
    ['POST strategies', count],
    ['PATCH deployments/status', stage.podWrites() - podWritesBefore],
  ]);
  const own = [...writes].map(([key, total]) => [key, (total - (foreign.get(key) ?? 0)) / count] as const);
  return {
    seconds,
    createSeconds,
    deployedSeconds: (deployedMs - startedMs) / 1_000,
    cpuSeconds,
    apiCpuSeconds,
    rssMb: nowMb,
    rssPeakMb: peakMb,
    sockets: contender.process.sockets(control.api.port),
    writes: Object.fromEntries(own.filter(([, perStrategy]) => perStrategy > 0)),
    eventLoopDelayP99Ms,
  };
}

/** Creates single Strategies beside many idle ones, from position `from` on. Each one follows when the Deployment of the last one exists. */
export async function runSingle(session: Session, from: number): Promise<DelayResult> {
  const { stage, portfolios } = session;
  const delaysMs: number[] = [];
  for (let position = from; position < from + SINGLE_CHANGES; position += 1) {
    await session.create(KINDS.strategy, strategy(position, portfolios));
    delaysMs.push(await shown(session, strategyName(position), undefined));
    await eventually('it is Ready', () => stage.isReady(strategyName(position)), SINGLE_MS_MAX);
  }
  return { p50Ms: percentile(delaysMs, 50), p99Ms: percentile(delaysMs, 99) };
}

/** Pauses one Strategy of many, so that its Deployment scales to zero. Peers do not support a pause. */
export async function runPause(session: Session, count: number): Promise<DelayResult> {
  const { control, stage } = session;
  const delaysMs: number[] = [];
  const changes = Math.min(SINGLE_CHANGES, count);
  for (let change = 0; change < changes; change += 1) {
    const name = strategyName(change);
    const before = stage.deploymentSeenMs(name);
    await control.cluster.patch(KINDS.strategy, { namespace: NAMESPACE, name }, { spec: { desiredState: 'Paused' } });
    delaysMs.push(await shown(session, name, before));
  }
  return { p50Ms: percentile(delaysMs, 50), p99Ms: percentile(delaysMs, 99) };
}

/** From the Strategy's change to that of its Deployment, which was last seen changing at `before`. */
async function shown({ stage }: Session, name: string, before: number | undefined): Promise<number> {
  const seenMs = await eventually(
    `the Deployment of ${name} follows`,
    () => {
      const seen = stage.deploymentSeenMs(name);
      return seen !== before && seen;
    },
    SINGLE_MS_MAX,
  );
  return Math.max(0, seenMs - (stage.strategySeenMs(name) ?? Number.NaN));
}

/** Creates Strategies at a steady rate, from position `from` on. */
export async function runRamp(session: Session, from: number): Promise<DelayResult> {
  const { stage, portfolios } = session;
  const count = RAMP_PER_S * RAMP_SECONDS;
  await sendSteadily(count, RAMP_PER_S, (position) => session.create(KINDS.strategy, strategy(from + position, portfolios)));
  const names = Array.from({ length: count }, (_, position) => strategyName(from + position));
  await eventually(
    'all Deployments of the ramp are there',
    () => names.every((name) => stage.deploymentSeenMs(name) !== undefined && stage.strategySeenMs(name) !== undefined),
    ALL_READY_MS_MAX,
  );
  const delaysMs = names.map((name) =>
    Math.max(0, (stage.deploymentSeenMs(name) ?? Number.NaN) - (stage.strategySeenMs(name) ?? Number.NaN)),
  );
  await systemClock.sleep(SETTLE_MS);
  return { p50Ms: percentile(delaysMs, 50), p99Ms: percentile(delaysMs, 99) };
}
