/**
 * Reads the configuration record from bytes, tolerantly and piece by piece, because a newer version may have written it. Pure.
 *
 * An entry that this build cannot read tightens only what it concerns: the strategy is halted, no strategy may trade the instrument, or the
 * policy is not settled. A record whose frame cannot be read is unusable as a whole.
 */
import {
  type EffectivePolicy,
  type ExecConfig,
  execConfigSchema,
  instrumentDefinitionSchema,
  policyDeliverySchema,
  policyVersionSchema,
  readRecord,
  readRecordBytes,
  token,
} from '@flotilla/contracts';
import { z } from 'zod';
import type { StrategyConfig } from './strategy-config.ts';

export type ConfigReading =
  | {
      readonly isUsable: true;
      readonly config: ExecConfig;
      /** By strategy: why its entry cannot be read. The configuration then has the strategy as Halted. */
      readonly strategyProblems: ReadonlyMap<string, string>;
      /** Every part that could not be read, for people. */
      readonly problems: readonly string[];
      /** Paths of fields that this build does not know. */
      readonly unknownFields: readonly string[];
    }
  | { readonly isUsable: false; readonly problem: string };

const { shape } = execConfigSchema;
const strategySchema = shape.strategies.element;
const policySchema = policyVersionSchema.extend({ delivery: policyDeliverySchema });
/** The record without its entries, which are read one by one. */
const frameSchema = execConfigSchema.extend({
  instruments: z.array(z.unknown()).max(1_000),
  strategies: z.array(z.unknown()).max(10_000),
  policies: z.array(z.unknown()).max(10_000).optional(),
});
const namedSchema = z.looseObject({ name: token });
const symbolSchema = z.looseObject({ symbol: token });

/** Limits of a strategy that is halted because its entry cannot be read: no order passes them. */
const SMALLEST = '0.000000000000000001';
const NO_POLICY: EffectivePolicy = {
  order: { maxQuantity: SMALLEST, maxNotional: SMALLEST, priceCollarBps: 1, maxMessagesPerSecond: 1 },
  position: { maxQuantity: SMALLEST, maxNotional: SMALLEST },
  portfolio: { maxGrossNotional: SMALLEST, maxDailyLoss: SMALLEST },
};
const PROBLEM_CHARACTERS_MAX = 500;

interface Entries<T> {
  readonly values: readonly T[];
  /** The reason by name, for entries that cannot be read. */
  readonly unreadable: ReadonlyMap<string, string>;
}

/** Never throws. */
export function readExecConfig(bytes: Uint8Array, portfolio: string): ConfigReading {
  const frame = readRecordBytes(frameSchema, bytes);
  if (!frame.ok) return unusable(`the configuration cannot be read: ${frame.problem}`);
  const { value } = frame;
  if (value.portfolio !== portfolio)
    return unusable(`expected the configuration of portfolio ${portfolio}, found that of ${value.portfolio}`);
  const unknownFields = [...frame.unknownFields];
  const strategies = readEntries(strategySchema, value.strategies, nameOf, 'strategies', unknownFields);
  const instruments = readEntries(instrumentDefinitionSchema, value.instruments, symbolOf, 'instruments', unknownFields);
  const policies = readEntries(policySchema, value.policies ?? [], nameOf, 'policies', unknownFields);
  if (typeof strategies === 'string') return unusable(strategies);
  if (typeof instruments === 'string') return unusable(instruments);
  const unreadableInstruments = instruments.unreadable;
  const config: ExecConfig = {
    ...value,
    instruments: [...instruments.values],
    strategies: [
      ...strategies.values.map((strategy) => without(strategy, unreadableInstruments)),
      ...[...strategies.unreadable.keys()].map(haltedStrategy),
    ],
    // A policy that is not listed is not settled.
    policies: typeof policies === 'string' ? [] : [...policies.values],
  };
  return {
    isUsable: true,
    config,
    strategyProblems: strategies.unreadable,
    problems: problemsOf({ strategies, instruments, policies }),
    unknownFields,
  };
}

/** Returns a text when an entry has no readable name, because then nothing can be tightened for that entry alone. */
function readEntries<S extends z.ZodType>(
  schema: S,
  values: readonly unknown[],
  keyOf: (value: unknown) => string | undefined,
  path: string,
  unknownFields: string[],
): Entries<z.output<S>> | string {
  const read: z.output<S>[] = [];
  const unreadable = new Map<string, string>();
  for (const [index, value] of values.entries()) {
    const entry = readRecord(schema, value);
    if (entry.ok) {
      read.push(entry.value);
      unknownFields.push(...entry.unknownFields.map((field) => `${path}.${field}`));
      continue;
    }
    const key = keyOf(value);
    if (key === undefined) return `${path}.${index} has no readable name: ${entry.problem}`;
    unreadable.set(key, `the configuration entry ${path}.${index} cannot be read: ${entry.problem}`.slice(0, PROBLEM_CHARACTERS_MAX));
  }
  return { values: read, unreadable };
}

function nameOf(value: unknown): string | undefined {
  const found = namedSchema.safeParse(value);
  return found.success ? found.data.name : undefined;
}

function symbolOf(value: unknown): string | undefined {
  const found = symbolSchema.safeParse(value);
  return found.success ? found.data.symbol : undefined;
}

function without(strategy: StrategyConfig, unreadableInstruments: ReadonlyMap<string, string>): StrategyConfig {
  if (unreadableInstruments.size === 0) return strategy;
  return { ...strategy, instruments: strategy.instruments.filter((symbol) => !unreadableInstruments.has(symbol)) };
}

function haltedStrategy(name: string): StrategyConfig {
  return {
    name,
    instruments: [],
    capitalMaxNotional: SMALLEST,
    desiredState: 'Halted',
    policy: NO_POLICY,
    policyHash: '0'.repeat(64),
  };
}

function problemsOf(all: Readonly<Record<string, Entries<unknown> | string>>): readonly string[] {
  return Object.values(all).flatMap((entries) => (typeof entries === 'string' ? [entries] : [...entries.unreadable.values()]));
}

function unusable(problem: string): ConfigReading {
  return { isUsable: false, problem: problem.slice(0, PROBLEM_CHARACTERS_MAX) };
}
