/** The operator on one core against a real API server, beside two peers that do the same work: `make bench-operator`. */
import { loadavg } from 'node:os';
import { beginBench, type Goal, round } from './harness/report.ts';
import { median } from './harness/statistics.ts';
import type { Contender } from './operator/contender.ts';
import {
  compileControllerRuntimePeer,
  clientNodeContender,
  controllerRuntimeContender,
  operatorContender,
  writeTemplates,
} from './operator/contenders.ts';
import { type BurstResult, type DelayResult, runBurst, runPause, runRamp, runSingle } from './operator/load-scenarios.ts';
import { canPin } from './operator/measured-process.ts';
import { runFanOut, runHandOver, runIdle, runMemory } from './operator/operator-scenarios.ts';
import { type Session, startSession } from './operator/session.ts';
import { parseSettings } from './operator/settings.ts';

const settings = parseSettings(process.env);
const { strategies } = settings;
/** First positions of the single creates, of the ramp and of the hand-overs. */
const SINGLE_FROM = 40_000;
const RAMP_FROM = 50_000;
const HAND_OVER_FROM = 90_000;
/** Two results count as equal when they differ no more than two runs of the same program. */
const LEVEL = 1.1;

interface LoadResult {
  readonly contender: string;
  readonly round: number;
  readonly load: number;
  readonly burst: BurstResult;
  readonly single: DelayResult | undefined;
  readonly pause: DelayResult | undefined;
  readonly ramp: DelayResult | undefined;
}

const bench = beginBench(
  'operator',
  `real etcd (no fsync) and kube-apiserver (no priority and fairness), new for each contender and round; contenders by turns, ${settings.rounds} rounds, ` +
    `each ${canPin() ? 'held to one core by taskset' : 'NOT held to one core (no taskset)'}, everything else on all cores; pods are a loop that makes every new ` +
    `Deployment ready. burst: ${strategies} Strategies by 16 creators, first create → last Ready seen. single, pause, ramp: Strategy seen → Deployment seen, ` +
    'both by the watch of the bench. Ratios within a round, then the median of the rounds. RSS 2 s after the burst, without a forced collection',
);

const operator = operatorContender();
const templates = writeTemplates();
const binary = settings.peers === 'none' ? '' : compileControllerRuntimePeer();
const peers: readonly Contender[] = [
  controllerRuntimeContender(10, 'all', binary, templates),
  controllerRuntimeContender(10, 'four', binary, templates),
  controllerRuntimeContender(1, 'all', binary, templates),
  clientNodeContender('all', templates),
].filter(({ name }) => settings.peers !== 'none' && name.includes(settings.peers));

const results: Record<string, unknown> = { strategies };
const goals: Goal[] = [];
const atMost = (what: string, found: number | undefined, bound: number, unit: string): void => {
  if (found !== undefined) goals.push({ what, found, bound, sense: 'at most', unit });
};
const describe = (values: object): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? round(value) : JSON.stringify(value)}`)
    .join(', ');

async function within<T>(contender: Contender, count: number, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await startSession(contender, count);
  try {
    return await work(session);
  } finally {
    await session.stop();
  }
}

async function load(contender: Contender, position: number): Promise<LoadResult> {
  return within(contender, strategies, async (session) => {
    const burst = await runBurst(session, strategies);
    const wholeRound = position === 0 || contender === operator;
    const single = wholeRound ? await runSingle(session, SINGLE_FROM) : undefined;
    const pause = contender === operator ? await runPause(session, strategies) : undefined;
    const ramp = wholeRound ? await runRamp(session, RAMP_FROM) : undefined;
    const { writes, ...figures } = burst;
    bench.line(`round ${position + 1}  ${contender.name}: burst ${describe(figures)}`);
    bench.line(`         writes per Strategy: ${describe(writes)}`);
    if (single !== undefined && ramp !== undefined) bench.line(`         single ${describe(single)}; ramp ${describe(ramp)}`);
    if (pause !== undefined) bench.line(`         pause ${describe(pause)}`);
    return { contender: contender.name, round: position, load: loadavg()[0] ?? 0, burst, single, pause, ramp };
  });
}

async function measureLoad(): Promise<void> {
  const all: LoadResult[] = [];
  for (let position = 0; position < settings.rounds; position += 1) {
    for (const contender of [operator, ...peers]) all.push(await load(contender, position));
  }
  const own = all.filter(({ contender }) => contender === operator.name);
  const ratios: Record<string, number> = {};
  bench.line('');
  bench.line('contender                    burst s  × of it  agents s    CPU s  API CPU   RSS MB   writes  p99 ms  ramp p50 / p99 ms');
  for (const { name } of [operator, ...peers]) {
    const its = all.filter(({ contender }) => contender === name);
    const ratio = burstRatio(own, its);
    ratios[name] = ratio;
    bench.line(contenderRow(name, its, ratio));
  }
  bench.line('');
  results['load'] = all;
  results['burstRatios'] = ratios;
  judgeRatios(ratios);
  judgeOwnLoad(own);
}

/** Median over the rounds. */
function figure(from: readonly LoadResult[], get: (result: LoadResult) => number | undefined): number {
  return median(from.flatMap((result) => get(result) ?? []));
}

/** The operator's burst in units of the contender's. Both are of the same round, so that other load affects both. */
function burstRatio(own: readonly LoadResult[], its: readonly LoadResult[]): number {
  return median(
    its.flatMap((one) => own.filter(({ round: at }) => at === one.round).map((ours) => ours.burst.seconds / one.burst.seconds)),
  );
}

function contenderRow(name: string, its: readonly LoadResult[], ratio: number): string {
  const cells = [
    round(figure(its, ({ burst }) => burst.seconds)),
    round(ratio),
    round(figure(its, ({ burst }) => burst.deployedSeconds)),
    round(figure(its, ({ burst }) => burst.cpuSeconds)),
    round(figure(its, ({ burst }) => burst.apiCpuSeconds)),
    round(figure(its, ({ burst }) => burst.rssMb)),
    round(figure(its, ({ burst }) => Object.values(burst.writes).reduce((sum, count) => sum + count, 0))),
    round(figure(its, ({ single }) => single?.p99Ms)),
    `${round(figure(its, ({ ramp }) => ramp?.p50Ms))} / ${round(figure(its, ({ ramp }) => ramp?.p99Ms))}`,
  ];
  return [name.padEnd(27), ...cells.map((cell) => String(cell).padStart(8))].join(' ');
}

function judgeRatios(ratios: Readonly<Record<string, number>>): void {
  const against = (name: string, bound: number): void => {
    if (ratios[name] !== undefined) atMost(`burst of ${strategies}, × ${name}`, ratios[name], bound, '×');
  };
  against('controller-runtime/10 all', LEVEL);
  against('controller-runtime/10 four', LEVEL);
  against('client-node all', 0.5);
}

function judgeOwnLoad(own: readonly LoadResult[]): void {
  const judge = (what: string, get: (result: LoadResult) => number | undefined, bound: number, unit: string): void =>
    atMost(what, figure(own, get), bound, unit);
  judge(`RSS at ${strategies}`, ({ burst }) => burst.rssMb, 120, 'MB');
  judge('event-loop delay in the burst, p99', ({ burst }) => burst.eventLoopDelayP99Ms, 20, 'ms');
  judge('75 creates/s, event → Deployment applied, p50', ({ ramp }) => ramp?.p50Ms, 300, 'ms');
  judge('75 creates/s, event → Deployment applied, p99', ({ ramp }) => ramp?.p99Ms, 500, 'ms');
  judge(`one new Strategy beside ${strategies}, p99`, ({ single }) => single?.p99Ms, 150, 'ms');
  judge(`one Strategy of ${strategies} paused, p99`, ({ pause }) => pause?.p99Ms, 150, 'ms');
}

async function measureOperator(session: Session): Promise<void> {
  const { scenarios } = settings;
  await runBurst(session, strategies);
  if (scenarios.has('idle')) {
    const idle = await runIdle(session, settings.idleMinutes);
    results['idle'] = idle;
    bench.line(`idle ${describe(idle)}`);
    atMost(`${idle.minutes} min idle at ${strategies}: writes but leases`, idle.writesButLeases, 0, 'writes');
    atMost('sockets beyond one per watch', idle.sockets - idle.watches, 8, 'sockets');
    atMost(`RSS at ${strategies}, idle`, idle.rssMb, 120, 'MB');
  }
  if (scenarios.has('fan-out')) {
    const fanOut = await runFanOut(session, strategies);
    results['fanOut'] = fanOut;
    bench.line(`fan-out ${describe(fanOut)}`);
    atMost(`RiskPolicy change to ${strategies} Strategies`, fanOut.seconds, 10, 's');
    atMost('KillSwitch in the middle of it → halt record', fanOut.killMs, 250, 'ms');
  }
  if (scenarios.has('hand-over')) {
    const graceful = await runHandOver(session, session.contender, HAND_OVER_FROM, 'SIGTERM');
    const sudden = await runHandOver(session, graceful.newLeader, HAND_OVER_FROM + 1, 'SIGKILL');
    results['handOver'] = { sigtermSeconds: graceful.seconds, sigkillSeconds: sudden.seconds };
    bench.line(`hand-over SIGTERM ${round(graceful.seconds)} s, SIGKILL ${round(sudden.seconds)} s`);
    atMost('hand-over after SIGTERM', graceful.seconds, 2, 's');
    atMost('hand-over after SIGKILL', sudden.seconds, 10, 's');
  }
}

if (settings.scenarios.has('load')) await measureLoad();
if (['fan-out', 'idle', 'hand-over'].some((name) => settings.scenarios.has(name as 'idle')))
  await within(operator, strategies, measureOperator);
if (settings.scenarios.has('memory')) {
  const memory = await within(operator, settings.manyStrategies, (session) => runMemory(session, 0, settings.manyStrategies));
  results['memory'] = memory;
  bench.line(`memory ${describe(memory)}`);
  atMost(`RSS at ${settings.manyStrategies}`, memory.rssMb, 300, 'MB');
}
bench.line(`load ${loadavg().map(round).join(' ')} at the end`);
bench.finish(results, goals);
process.exit();
