/** Values for tests: one portfolio with one strategy on BTC-USD, with wide limits by default. */
import {
  canonicalJson,
  type EffectivePolicy,
  type ExecConfig,
  formatTime,
  type HaltRecord,
  type NormalizedSignal,
  type OrderIntent,
  sha256,
} from '@flotilla/contracts';

export const PORTFOLIO = 'main';
export const STRATEGY = 'btc-momentum';
export const INSTRUMENT = 'BTC-USD';
export const START_MS = Date.parse('2026-11-21T12:00:00.000Z');

export interface PolicyOverrides {
  readonly order?: Partial<EffectivePolicy['order']>;
  readonly position?: Partial<EffectivePolicy['position']>;
  readonly portfolio?: Partial<EffectivePolicy['portfolio']>;
}

export function policyFixture(overrides: PolicyOverrides = {}): EffectivePolicy {
  return {
    order: { maxNotional: '100000000', priceCollarBps: 10_000, maxMessagesPerSecond: 1_000, ...overrides.order },
    position: { maxNotional: '100000000', ...overrides.position },
    portfolio: { maxGrossNotional: '100000000', maxDailyLoss: '1000000', ...overrides.portfolio },
  };
}

export interface ConfigOverrides {
  readonly policy?: EffectivePolicy;
  readonly strategies?: readonly Partial<ExecConfig['strategies'][number]>[];
  readonly paper?: Partial<ExecConfig['venue']['paper']>;
  readonly instruments?: ExecConfig['instruments'];
  readonly policies?: ExecConfig['policies'];
}

const POLICY_NAME = 'wide';

export function configFixture(overrides: ConfigOverrides = {}): ExecConfig {
  const policy = overrides.policy ?? policyFixture();
  const body = {
    schemaVersion: 1 as const,
    portfolio: PORTFOLIO,
    account: PORTFOLIO,
    baseCurrency: 'USD',
    venue: {
      name: 'paper',
      type: 'Paper' as const,
      paper: { startingCash: '1000000', takerFeeBps: 5, makerFeeBps: 1, latencyMs: 0, ...overrides.paper },
    },
    instruments: overrides.instruments ?? [
      { symbol: 'BTC-USD', tickSize: '0.01', lotSize: '0.00000001', displayedQuantity: '1' },
      { symbol: 'SPY', tickSize: '0.01', lotSize: '1', displayedQuantity: '1000' },
    ],
    strategies: (overrides.strategies ?? [{}]).map((strategy) => ({
      name: STRATEGY,
      instruments: [INSTRUMENT, 'SPY'],
      capitalMaxNotional: '100000000',
      desiredState: 'Running' as const,
      policy,
      policyHash: sha256(canonicalJson(policy)),
      policyNames: [POLICY_NAME],
      ...strategy,
    })),
    policies: overrides.policies ?? [{ name: POLICY_NAME, hash: sha256(canonicalJson(policy)), delivery: 'Settled' as const }],
  };
  return { ...body, configHash: sha256(canonicalJson(body)) };
}

/** A MARKET IOC buy of one tenth, valid for thirty seconds. */
export function intentFixture(id: string, overrides: Partial<OrderIntent> = {}, nowMs = START_MS): OrderIntent {
  return {
    schemaVersion: 1,
    id,
    corrId: `corr-${id}`,
    time: formatTime(nowMs),
    producer: { service: 'agents', revision: 'test' },
    portfolio: PORTFOLIO,
    strategy: STRATEGY,
    instrument: INSTRUMENT,
    side: 'BUY',
    type: 'MARKET',
    quantity: '0.1',
    timeInForce: 'IOC',
    reduceOnly: false,
    proposalIds: [],
    expiresAt: formatTime(nowMs + 30_000),
    ...overrides,
  };
}

export function quoteFixture(
  id: string,
  bid: string,
  ask: string,
  overrides: {
    readonly instrument?: string;
    readonly bidSize?: string;
    readonly askSize?: string;
    readonly condition?: 'NORMAL' | 'LOCKED' | 'CROSSED';
  } = {},
): NormalizedSignal {
  return {
    schemaVersion: 1,
    id,
    corrId: id,
    time: formatTime(START_MS),
    producer: { service: 'gateway', revision: 'test' },
    source: 'feed',
    venue: 'sim',
    instrument: INSTRUMENT,
    eventTime: formatTime(START_MS),
    kind: 'quote',
    bid,
    ask,
    condition: 'NORMAL',
    ...overrides,
  };
}

export function haltFixture(generation: number, state: HaltRecord['state'], mode?: HaltRecord['mode']): HaltRecord {
  return {
    schemaVersion: 1,
    portfolio: PORTFOLIO,
    generation,
    state,
    ...(state === 'ENGAGED' ? { haltId: `halt-${generation}`, killSwitch: 'stop', mode: mode ?? 'CancelAndHold' } : {}),
    writtenAt: formatTime(START_MS),
  };
}
