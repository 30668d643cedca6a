/** The configuration in force, prepared for look-ups. */
import { assert, type ExecConfig, type Instrument, INSTRUMENT_CATALOGUE, makeInstrument } from '@flotilla/contracts';
import type { StrategyConfig } from './strategy-config.ts';

export interface ActiveConfig {
  readonly config: ExecConfig;
  readonly strategies: ReadonlyMap<string, StrategyConfig>;
  /** By strategy: why its entry cannot be read. Such a strategy is Halted. */
  readonly strategyProblems: ReadonlyMap<string, string>;
  /** RiskPolicies of which every exec that reports runs the same limits. */
  readonly settledPolicies: ReadonlySet<string>;
  /** Instruments of this configuration, of all earlier ones and of the catalogue, because a position may stay after the configuration has lost its instrument. */
  readonly instruments: ReadonlyMap<string, Instrument>;
}

/** @throws FlotillaError `NUMBER_TOO_PRECISE` for a definition that arithmetic cannot hold exactly. */
export function activateConfig(
  config: ExecConfig,
  before: ActiveConfig | undefined,
  strategyProblems: ReadonlyMap<string, string> = new Map(),
): ActiveConfig {
  for (const name of strategyProblems.keys()) {
    const halted = config.strategies.some((strategy) => strategy.name === name && strategy.desiredState === 'Halted');
    assert(halted, `strategy ${name} cannot be read and must be halted`);
  }
  const instruments = new Map(before?.instruments ?? INSTRUMENT_CATALOGUE.map((each) => [each.symbol, makeInstrument(each)]));
  for (const definition of config.instruments) instruments.set(definition.symbol, makeInstrument(definition));
  return {
    config,
    strategies: new Map(config.strategies.map((strategy) => [strategy.name, strategy])),
    strategyProblems,
    settledPolicies: new Set((config.policies ?? []).filter(({ delivery }) => delivery === 'Settled').map(({ name }) => name)),
    instruments,
  };
}

/** Names of the strategy's policies that are not settled. Without names the policies count as not settled. */
export function unsettledPoliciesOf({ settledPolicies }: ActiveConfig, { policyNames }: StrategyConfig): readonly string[] {
  return (policyNames ?? ['unknown']).filter((name) => !settledPolicies.has(name));
}
