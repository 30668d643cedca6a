/** Makes the configuration of exec from a Portfolio and its Strategies. Pure: the same objects give the same bytes and the same hash. */
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { LeakStatus } from '@flotilla/contracts/resources/permissions-status.ts';
import { sha256 } from '@flotilla/contracts/values/ids.ts';
import { blocked } from './blocked.ts';
import { stateForExec } from './stoppage.ts';
import { type BlockedStrategy, portfolioPolicyVersion, type ResolvedPortfolio, type ResolvedStrategy } from './resolve-strategy.ts';
import { type AgentView, rolloutOf } from './agent-view.ts';
import { type HeardExecs, settledPolicies } from './settle-policies.ts';

/** As the schema of the configuration bounds it. */
const INSTRUMENTS_MAX = 256;

/** Stands for any reason for which a portfolio cannot be resolved. */
const PORTFOLIO_BLOCKED = blocked('PortfolioBlocked', '');

type Entry = ExecConfig['strategies'][number];

/** One strategy of a portfolio, resolved or not. */
export interface StrategyInput {
  readonly name: string;
  readonly deleting: boolean;
  /** The Strategy has our finalizer. exec is told of a strategy only then, because a deletion must wait until exec has halted it. */
  readonly bound: boolean;
  /** Of the Strategy's spec. */
  readonly generation?: number | undefined;
  readonly resolved: ResolvedStrategy | BlockedStrategy;
  /** The leak of its permissions that stops the strategy. */
  readonly leak?: LeakStatus | undefined;
  /** The agent; undefined when the Strategy cannot be resolved. */
  readonly agent?: AgentView | undefined;
}

/**
 * A strategy that can no longer be resolved keeps its last limits and is paused: a mistake in a manifest must neither loosen a limit nor leave
 * orders without a limit. A strategy that is being deleted is halted, so that exec cancels its resting orders.
 *
 * @param last the configuration in force, if any
 * @param heard what the execs of all portfolios report
 */
export function makeExecConfig(
  portfolio: ResolvedPortfolio,
  strategies: readonly StrategyInput[],
  last: ExecConfig | undefined,
  heard: HeardExecs,
): ExecConfig {
  const lastEntries = new Map(last?.strategies.map((entry) => [entry.name, entry]));
  // A report about another configuration says nothing about the current one.
  const isCurrent = (agent: AgentView) => agent.reportedConfigHash !== undefined && agent.reportedConfigHash === last?.configHash;
  const confirmed = ({ agent, ...rest }: StrategyInput): StrategyInput =>
    agent === undefined || isCurrent(agent) ? { ...rest, agent } : { ...rest, agent: { ...agent, report: undefined } };
  const entries = strategies.flatMap((strategy) => entryOf(confirmed(strategy), lastEntries.get(strategy.name)) ?? []);
  const { venue, baseCurrency } = portfolio.spec;
  return withHash({
    schemaVersion: 1,
    portfolio: portfolio.name,
    account: portfolio.name,
    baseCurrency,
    venue: { name: venue.type.toLowerCase(), type: venue.type, paper: venue.paper },
    instruments: knownInstruments(portfolio, last),
    strategies: entries.sort((a, b) => (a.name < b.name ? -1 : 1)),
    // A blocked strategy is paused, so no exec has to settle the limits that it keeps.
    policies: settledPolicies(
      portfolio.name,
      [portfolioPolicyVersion(portfolio), ...strategies.flatMap((strategy) => (strategy.resolved.ok ? strategy.resolved.policies : []))],
      heard,
      last,
    ),
  });
}

/**
 * For a blocked portfolio: the configuration in force with every strategy paused, or halted when the Strategy is being deleted. Undefined when no
 * configuration was in force.
 *
 * @param strategies those that are left; default: all
 */
export function pausedExecConfig(
  last: ExecConfig | undefined,
  strategies?: readonly Pick<StrategyInput, 'name' | 'deleting'>[],
): ExecConfig | undefined {
  if (last === undefined) return undefined;
  const leaving = new Map(strategies?.map(({ name, deleting }) => [name, deleting]));
  const left = strategies === undefined ? last.strategies : last.strategies.filter(({ name }) => leaving.has(name));
  const entries = left.map((entry) => ({
    ...withoutMode(entry),
    desiredState: stateForExec({ deleting: leaving.get(entry.name) === true, resolved: PORTFOLIO_BLOCKED }, entry.desiredState),
  }));
  return withHash({ ...last, strategies: entries, policies: [] });
}

/** For a portfolio that is being deleted: every strategy is halted, so that exec cancels the resting orders. Undefined when no configuration was in force. */
export function haltedExecConfig(last: ExecConfig | undefined): ExecConfig | undefined {
  if (last === undefined) return undefined;
  return withHash({
    ...last,
    strategies: last.strategies.map((entry) => ({ ...withoutMode(entry), desiredState: 'Halted' })),
    policies: [],
  });
}

/** Without a generation, which the caller adds: the same contents have the same hash in every record. */
function withHash(config: Omit<ExecConfig, 'configHash'>): ExecConfig {
  const { configHash: _last, generation: _number, ...rest } = config as ExecConfig;
  return { ...rest, configHash: sha256(canonicalJson(rest)) };
}

function entryOf({ deleting, bound, resolved, agent, generation, leak }: StrategyInput, last: Entry | undefined): Entry | undefined {
  if (last === undefined && !bound) return undefined;
  const desiredState = stateForExec({ deleting, resolved, leak }, last?.desiredState);
  if (!resolved.ok) return last === undefined ? undefined : { ...withoutMode(last), desiredState };
  return { ...(agent === undefined ? resolved.entry : withRevision(resolved, agent, last, generation)), desiredState };
}

/** The newest limits at once; the next revision and its instruments only when the rollout allows them. */
function withRevision({ entry, spec }: ResolvedStrategy, agent: AgentView, last: Entry | undefined, generation: number | undefined): Entry {
  const current = last?.revision === undefined ? undefined : { revision: last.revision, instruments: last.instruments };
  const step = current === undefined ? undefined : rolloutOf(agent, spec, current);
  if (current === undefined || step === undefined || step.phase === 'Fencing') return { ...entry, revision: agent.wantedRevision };
  return {
    ...entry,
    ...current,
    ...(step.mode === 'Normal' ? {} : { mode: step.mode }),
    ...(generation === undefined ? {} : { rolloutGeneration: generation }),
  };
}

/** exec neither drains nor flattens a strategy that is stopped. */
function withoutMode({ mode: _suspended, rolloutGeneration: _generation, ...entry }: Entry): Entry {
  return entry;
}

/** An instrument that the Portfolio no longer defines stays, because exec counts a position in its ticks and lots. */
function knownInstruments(portfolio: ResolvedPortfolio, last: ExecConfig | undefined): ExecConfig['instruments'] {
  const left = (last?.instruments ?? []).filter(({ symbol }) => !portfolio.instruments.has(symbol));
  return [...portfolio.instruments.values(), ...left].slice(0, INSTRUMENTS_MAX).sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
}
