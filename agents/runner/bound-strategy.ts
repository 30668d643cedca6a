/** A strategy with its parameters and instruments fixed: what the runner runs, whatever the strategy's own types. */
import {
  FlotillaError,
  makeInstrument,
  sha256,
  canonicalJson,
  type Instrument,
  type InstrumentDefinition,
  type NormalizedSignal,
} from '@flotilla/contracts';
import { parseAgentParameters, type AgentParameters, type BuiltInAgent } from '@flotilla/contracts/resources/agent-parameters.ts';
import { STRATEGIES } from '../strategies/registry.ts';
import type { Strategy, StrategyStep } from '../strategies/strategy.ts';

export interface BoundStrategy {
  readonly instruments: ReadonlyMap<string, Instrument>;
  readonly orderTtlMs: number;
  /** Of agent, parameters and instruments: a checkpoint under another hash is another strategy's. */
  readonly parametersHash: string;
  readonly initial: unknown;
  /** Signals of foreign instruments change nothing. */
  onSignal(state: unknown, signal: NormalizedSignal): StrategyStep<unknown>;
}

/**
 * Binds a built-in strategy.
 *
 * @throws FlotillaError `PARAMETERS_INVALID` naming every bad parameter, or what an instrument's definition lacks.
 */
export function bindStrategy(agent: BuiltInAgent, parameters: unknown, definitions: readonly InstrumentDefinition[]): BoundStrategy {
  const parsed = parseAgentParameters(agent, parameters);
  if (!parsed.ok) {
    const problems = parsed.problems.map(({ path, message }) => `  ${path}: ${message}`);
    throw new FlotillaError(
      'PARAMETERS_INVALID',
      `${agent} refuses its parameters; mend spec.parameters of the Strategy:\n${problems.join('\n')}`,
    );
  }
  const instruments = definitions.map(makeInstrument);
  return bind(STRATEGIES[agent] as Strategy<AgentParameters<BuiltInAgent>, unknown>, parsed.parameters, instruments, {
    orderTtlMs: parsed.parameters.orderTtlSeconds * 1_000,
    parametersHash: sha256(canonicalJson({ agent, parameters: parsed.parameters, definitions })),
  });
}

function bind<Parameters>(
  strategy: Strategy<Parameters, unknown>,
  parameters: Parameters,
  instruments: readonly Instrument[],
  rest: Pick<BoundStrategy, 'orderTtlMs' | 'parametersHash'>,
): BoundStrategy {
  const bySymbol = new Map(instruments.map((instrument) => [instrument.symbol, instrument]));
  return {
    ...rest,
    instruments: bySymbol,
    initial: strategy.initial(parameters, instruments),
    onSignal(state, signal) {
      const instrument = bySymbol.get(signal.instrument);
      return instrument === undefined ? { state, targets: [] } : strategy.onSignal(state, signal, { parameters, instrument });
    },
  };
}
