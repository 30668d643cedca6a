/** Scenarios for the operator alone: a policy change of all Strategies with a KillSwitch in between, idle time, many objects, a change of leader. */
import { haltRecordSchema } from '@flotilla/contracts/control/halt.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { keys } from '@flotilla/contracts/bus/buckets.ts';
import { KINDS } from '@flotilla/operator/kinds.ts';
import { type NatsBus, openBucket } from '@flotilla/runtime';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import type { RunningContender } from './contender.ts';
import { writesBetween } from './counters.ts';
import { NAMESPACE } from './control-plane.ts';
import { killSwitch, POLICY, portfolioName, strategy, strategyName } from './fleet.ts';
import { eventLoopDelayMs } from './operator-metrics.ts';
import type { Session } from './session.ts';

const WAIT_MS_MAX = 300_000;
/** The KillSwitch is created when this part of the fan-out is done. */
const KILL_AT_SHARE = 0.2;
const QUIET_WRITES_MS = 5_000;

export interface FanOutResult {
  /** From the answer to the change of the RiskPolicy to the last Strategy whose status names the new limits. */
  readonly seconds: number;
  /** From the answer to the create of the KillSwitch, in the middle of the fan-out, to the halt record on the bus. */
  readonly killMs: number;
  /** From the same moment until the last agent of the portfolio is scaled to zero. */
  readonly agentsStoppedMs: number;
  readonly eventLoopDelayP99Ms: number | undefined;
}

export async function runFanOut(session: Session, count: number): Promise<FanOutResult> {
  const { control, stage, contender, bus } = session;
  if (bus === undefined) throw new Error('expected a contender with a bus');
  const victim = portfolioName(0);
  const before = policyHashOf(stage.strategies.get(`${NAMESPACE}/${strategyName(0)}`));
  let changed = 0;
  const unsubscribe = stage.strategies.onChange(({ object, previous, fromList }) => {
    if (!fromList && policyHashOf(object) !== before && policyHashOf(previous) === before) changed += 1;
  });
  await eventLoopDelayMs(contender);
  await control.cluster.patch(KINDS.riskPolicy, { namespace: NAMESPACE, name: POLICY }, { spec: { order: { maxNotional: '40000' } } });
  const startedMs = performance.now();
  await eventually('the fan-out is under way', () => changed >= count * KILL_AT_SHARE, WAIT_MS_MAX);
  const halted = haltSeen(bus, victim);
  await session.create(KINDS.killSwitch, killSwitch(victim));
  const killedMs = performance.now();
  const killMs = (await halted) - killedMs;
  const victims = Array.from({ length: count }, (_, position) => position)
    .filter((position) => position % session.portfolios === 0)
    .map((position) => `${NAMESPACE}/${strategyName(position)}-agent`);
  const stopped = eventually(
    'the agents of the halted portfolio are stopped',
    () => victims.every((key) => stage.deployments.get(key)?.spec?.replicas === 0),
    WAIT_MS_MAX,
  ).then(() => performance.now() - killedMs);
  await eventually('all Strategies name the new limits', () => changed >= count, WAIT_MS_MAX);
  const seconds = (performance.now() - startedMs) / 1_000;
  const agentsStoppedMs = await stopped;
  unsubscribe();
  return { seconds, killMs: Math.max(0, killMs), agentsStoppedMs, eventLoopDelayP99Ms: await eventLoopDelayMs(contender) };
}

function policyHashOf(object: ResourceObject | undefined): string | undefined {
  return (object?.status as { readonly policyHash?: string } | undefined)?.policyHash;
}

/** Time at which the halt record of a portfolio is first seen ENGAGED. */
function haltSeen(bus: NatsBus, portfolio: string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const watch = openBucket(bus, 'CONTROL').watch(keys.halt(portfolio), ({ value }) => {
    const record = haltRecordSchema.parse(JSON.parse(Buffer.from(value).toString('utf8')));
    if (record.state === 'ENGAGED') resolve(performance.now());
  });
  return promise.finally(() => void watch.then((one) => one.unsubscribe()));
}

export interface IdleResult {
  readonly minutes: number;
  /** Successful writes by verb and kind. */
  readonly writes: Readonly<Record<string, number>>;
  /** The writes of the list without those of leases. */
  readonly writesButLeases: number;
  readonly rssMb: number;
  readonly cpuPercent: number;
  readonly sockets: number;
  readonly watches: number;
}

/** Measures an idle time. Begins when the writes of the former scenario have ended. */
export async function runIdle(session: Session, minutes: number): Promise<IdleResult> {
  const { control, contender } = session;
  await eventually(
    'writes have ended',
    async () => {
      const before = await control.requests();
      await systemClock.sleep(QUIET_WRITES_MS);
      return butLeases(writesBetween(before, await control.requests())) === 0;
    },
    WAIT_MS_MAX,
  );
  const before = await control.requests();
  const cpuBefore = contender.process.cpuSeconds();
  await systemClock.sleep(minutes * 60_000);
  const writes = writesBetween(before, await control.requests());
  return {
    minutes,
    writes: Object.fromEntries(writes),
    writesButLeases: butLeases(writes),
    rssMb: contender.process.rss().nowMb,
    cpuPercent: ((contender.process.cpuSeconds() - cpuBefore) / (minutes * 60)) * 100,
    sockets: contender.process.sockets(control.api.port),
    watches: session.watches,
  };
}

function butLeases(writes: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [key, count] of writes) if (!key.endsWith(' leases')) sum += count;
  return sum;
}

export interface MemoryResult {
  readonly strategies: number;
  readonly rssMb: number;
  readonly rssPeakMb: number;
  readonly seconds: number;
}

/** More Strategies, in bursts; `have` are there already. */
export async function runMemory(session: Session, have: number, want: number): Promise<MemoryResult> {
  const { stage, contender } = session;
  const startedMs = performance.now();
  const readyBefore = stage.readyCount();
  await session.createStrategies(have, want - have);
  await eventually(`${want} Strategies are Ready`, () => stage.readyCount() === readyBefore + want - have, 2 * WAIT_MS_MAX);
  const seconds = (performance.now() - startedMs) / 1_000;
  await systemClock.sleep(QUIET_WRITES_MS);
  const { nowMb, peakMb } = contender.process.rss();
  return { strategies: want, rssMb: nowMb, rssPeakMb: peakMb, seconds };
}

export interface HandOver {
  /** From the signal to the leader until the standby has made a Deployment for a Strategy that was created right after it. */
  readonly seconds: number;
  readonly newLeader: RunningContender;
}

export async function runHandOver(
  session: Session,
  leader: RunningContender,
  position: number,
  signal: 'SIGTERM' | 'SIGKILL',
): Promise<HandOver> {
  const { stage, portfolios } = session;
  const standby = await session.startAnother(`bench-${signal.toLowerCase()}`);
  // Both candidates share one core, so the standby must be idle when the leader ends.
  await systemClock.sleep(QUIET_WRITES_MS);
  leader.process.signal(signal);
  const signalledMs = performance.now();
  await session.create(KINDS.strategy, strategy(position, portfolios));
  const name = strategyName(position);
  const seenMs = await eventually('the standby has taken over', () => stage.deploymentSeenMs(name), WAIT_MS_MAX).catch((error: unknown) => {
    throw new Error(`the standby did not take over; it said:\n${standby.process.log()}`, { cause: error });
  });
  return { seconds: (seenMs - signalledMs) / 1_000, newLeader: standby };
}
