/** Reads what exec and the agents report, over the bus with rights to read alone. For the commands and the demo. */
import { agentStatusSchema, keys, subjectTokens, type AgentStatus } from '@flotilla/contracts';
import { readRecordBytes } from '@flotilla/contracts/records/read-record.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { openBucket } from '@flotilla/runtime/key-value.ts';
import type { FleetReports, FleetResources } from './fleet.ts';
import { readSnapshot } from './read-snapshot.ts';

/** Portfolios that ever had an exec, by their epoch records: needs no API server. */
export async function findPortfolios(bus: NatsBus): Promise<readonly string[]> {
  const epochs = await bus.lastPerSubject('EXECUTIONS', 'executions.epoch.*');
  return epochs.flatMap(({ subject }) => subjectTokens(subject, 'executions.epoch') ?? []).toSorted();
}

/**
 * Reports of the portfolios and strategies in `resources`, or, without resources, of every portfolio that ever had an exec.
 *
 * @throws FlotillaError of the bus.
 */
export async function readReports(bus: NatsBus, resources: FleetResources): Promise<FleetReports> {
  const named = resources.portfolios.map(({ metadata }) => metadata.name);
  const portfolios = named.length > 0 ? named : await findPortfolios(bus);
  const answers = await Promise.all(portfolios.map(async (portfolio) => [portfolio, await readSnapshot(bus, portfolio)] as const));
  const snapshots = new Map(
    answers.flatMap(([portfolio, { snapshot }]) => (snapshot === undefined ? [] : [[portfolio, snapshot] as const])),
  );
  const pairs = new Set([
    ...resources.strategies.map(({ metadata, spec }) => `${spec.portfolioRef.name}/${metadata.name}`),
    ...[...snapshots].flatMap(([portfolio, { strategies }]) => strategies.map(({ strategy }) => `${portfolio}/${strategy}`)),
  ]);
  const statuses = await Promise.all([...pairs].map(async (pair) => [pair, await readAgentStatus(bus, pair)] as const));
  return {
    snapshots,
    agents: new Map(statuses.flatMap(([pair, { status }]) => (status === undefined ? [] : [[pair, status] as const]))),
    problems: [...answers, ...statuses].flatMap(([, { problem }]) => (problem === undefined ? [] : [problem])),
  };
}

/** Neither when the agent has not reported yet. */
interface AgentAnswer {
  readonly status?: AgentStatus;
  readonly problem?: string;
}

async function readAgentStatus(bus: NatsBus, pair: string): Promise<AgentAnswer> {
  const [portfolio = '', strategy = ''] = pair.split('/');
  const entry = await openBucket(bus, 'STATUS').get(keys.agentStatus(portfolio, strategy));
  if (entry === undefined) return {};
  const read = readRecordBytes(agentStatusSchema, entry.value);
  return read.ok ? { status: read.value } : { problem: `strategy ${pair}: the report of its agent cannot be read: ${read.problem}` };
}
