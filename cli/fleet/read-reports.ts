/** What exec and the agents report, read over the bus with rights to read alone. */
import {
  execSnapshotSchema,
  agentStatusSchema,
  keys,
  subjects,
  subjectTokens,
  type AgentStatus,
  type ExecSnapshot,
} from '@flotilla/contracts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { openBucket } from '@flotilla/runtime/key-value.ts';
import type { FleetReports, FleetResources } from './fleet.ts';

const SNAPSHOT_TIMEOUT_MS = 1_000;

/** Undefined when no exec of that portfolio answers. */
export async function readSnapshot(bus: NatsBus, portfolio: string): Promise<ExecSnapshot | undefined> {
  const answer = await bus.request(subjects.execSnapshot(portfolio), new Uint8Array(), SNAPSHOT_TIMEOUT_MS);
  return answer === undefined ? undefined : execSnapshotSchema.parse(JSON.parse(Buffer.from(answer).toString()));
}

/** Portfolios that ever had an exec, by their epoch records: needs no API server. */
export async function findPortfolios(bus: NatsBus): Promise<readonly string[]> {
  const epochs = await bus.lastPerSubject('EXECUTIONS', 'executions.epoch.*');
  return epochs.flatMap(({ subject }) => subjectTokens(subject, 'executions.epoch') ?? []).toSorted();
}

/** @throws FlotillaError of the bus. */
export async function readReports(bus: NatsBus, resources: FleetResources): Promise<FleetReports> {
  const named = resources.portfolios.map(({ metadata }) => metadata.name);
  const portfolios = named.length > 0 ? named : await findPortfolios(bus);
  const found = await Promise.all(portfolios.map(async (portfolio) => [portfolio, await readSnapshot(bus, portfolio)] as const));
  const snapshots = new Map(found.flatMap(([portfolio, snapshot]) => (snapshot === undefined ? [] : [[portfolio, snapshot] as const])));
  const pairs = new Set([
    ...resources.strategies.map(({ metadata, spec }) => `${spec.portfolioRef.name}/${metadata.name}`),
    ...[...snapshots].flatMap(([portfolio, { strategies }]) => strategies.map(({ strategy }) => `${portfolio}/${strategy}`)),
  ]);
  const agents = await Promise.all([...pairs].map(async (pair) => [pair, await readAgentStatus(bus, pair)] as const));
  return { snapshots, agents: new Map(agents.flatMap(([pair, status]) => (status === undefined ? [] : [[pair, status] as const]))) };
}

async function readAgentStatus(bus: NatsBus, pair: string): Promise<AgentStatus | undefined> {
  const [portfolio = '', strategy = ''] = pair.split('/');
  const entry = await openBucket(bus, 'STATUS').get(keys.agentStatus(portfolio, strategy));
  const parsed = entry === undefined ? undefined : agentStatusSchema.safeParse(JSON.parse(Buffer.from(entry.value).toString()));
  return parsed?.data;
}
