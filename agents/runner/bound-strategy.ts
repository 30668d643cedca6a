/** A strategy with its parameters and instruments fixed, for the runner, which does not know the types of the strategy. */
import {
  canonicalJson,
  FlotillaError,
  type Instrument,
  type InstrumentDefinition,
  makeInstrument,
  type NormalizedSignal,
  sha256,
  type WorkerProblem,
} from '@flotilla/contracts';
import { type AgentParameters, type BuiltInAgent, parseAgentParameters } from '@flotilla/contracts/resources/agent-parameters.ts';
import { findSizeProblem } from './decision-problem.ts';
import type { PositionSize } from '../strategies/position-size.ts';
import { STRATEGIES } from '../strategies/registry.ts';
import type { Strategy, StrategyStep } from '../strategies/strategy.ts';

export interface BoundStrategy {
  readonly instruments: ReadonlyMap<string, Instrument>;
  /** Whether the strategy takes the signal: of one of its instruments, from a venue that its AgentRole allows. */
  takes(signal: Pick<NormalizedSignal, 'instrument' | 'venue'>): boolean;
  readonly orderTtlMs: number;
  /** Hash of agent, parameters and instruments: a checkpoint under another hash belongs to another strategy. */
  readonly parametersHash: string;
  readonly initial: unknown;
  /** Why no order of the configured size is possible; undefined when it is. */
  readonly sizeProblem: WorkerProblem | undefined;
  /** Signals that the strategy does not take change nothing. */
  onSignal(state: unknown, signal: NormalizedSignal): StrategyStep<unknown>;
}

/**
 * Binds a built-in strategy.
 *
 * @param venues venues whose signals it takes; every venue by default
 * @throws FlotillaError `PARAMETERS_INVALID` naming every bad parameter, or the missing part of an instrument's definition.
 */
export function bindStrategy(
  agent: BuiltInAgent,
  parameters: unknown,
  definitions: readonly InstrumentDefinition[],
  venues?: readonly string[],
): BoundStrategy {
  const parsed = parseAgentParameters(agent, parameters);
  if (!parsed.ok) {
    const problems = parsed.problems.map(({ path, message }) => `  ${path}: ${message}`);
    throw new FlotillaError(
      'PARAMETERS_INVALID',
      `${agent} refuses its parameters; correct spec.parameters of the Strategy:\n${problems.join('\n')}`,
    );
  }
  const instruments = definitions.map(makeInstrument);
  return bind(STRATEGIES[agent] as Strategy<AgentParameters<BuiltInAgent>, unknown>, parsed.parameters, instruments, {
    venues,
    orderTtlMs: parsed.parameters.orderTtlSeconds * 1_000,
    parametersHash: sha256(canonicalJson({ agent, parameters: parsed.parameters, definitions })),
  });
}

function bind<Parameters extends PositionSize>(
  strategy: Strategy<Parameters, unknown>,
  parameters: Parameters,
  instruments: readonly Instrument[],
  { venues, ...rest }: Pick<BoundStrategy, 'orderTtlMs' | 'parametersHash'> & { readonly venues: readonly string[] | undefined },
): BoundStrategy {
  const bySymbol = new Map(instruments.map((instrument) => [instrument.symbol, instrument]));
  const takes: BoundStrategy['takes'] = ({ instrument, venue }) => bySymbol.has(instrument) && venues?.includes(venue) !== false;
  return {
    ...rest,
    takes,
    sizeProblem: findSizeProblem(parameters.quantity, instruments),
    instruments: bySymbol,
    initial: strategy.initial(parameters, instruments),
    onSignal(state, signal) {
      const instrument = bySymbol.get(signal.instrument);
      return instrument === undefined || !takes(signal)
        ? { state, targets: [] }
        : strategy.onSignal(state, signal, { parameters, instrument });
    },
  };
}
