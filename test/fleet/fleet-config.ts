/** Gives the records that the operator would write for the fleet under test. Pure. */
import {
  canonicalJson,
  type ExecConfig,
  type GatewayConfig,
  type HaltRecord,
  type InstrumentDefinition,
  sha256,
} from '@flotilla/contracts';

export const PORTFOLIO = 'main';
export const STRATEGY = 'alerts';
export const SOURCE = 'desk';

const POLICY = {
  order: { maxNotional: '100000', priceCollarBps: 500, maxMessagesPerSecond: 1_000 },
  position: { maxNotional: '1000000' },
  portfolio: { maxGrossNotional: '1000000', maxDailyLoss: '1000000' },
} as const;

/** BTC-USD and, for load over several instruments, more instruments of the same kind. */
export function fleetInstruments(count: number): readonly InstrumentDefinition[] {
  return Array.from({ length: count }, (_, index) => ({
    symbol: index === 0 ? 'BTC-USD' : `COIN${index}-USD`,
    tickSize: '0.01',
    lotSize: '0.00000001',
    displayedQuantity: '1',
  }));
}

export function execConfig(latencyMs: number, instruments: readonly InstrumentDefinition[]): ExecConfig {
  const body = {
    schemaVersion: 1 as const,
    portfolio: PORTFOLIO,
    account: PORTFOLIO,
    baseCurrency: 'USD',
    venue: { name: 'paper', type: 'Paper' as const, paper: { startingCash: '1000000', takerFeeBps: 5, makerFeeBps: 2, latencyMs } },
    instruments: [...instruments],
    strategies: [
      {
        name: STRATEGY,
        instruments: instruments.map(({ symbol }) => symbol),
        capitalMaxNotional: '1000000',
        desiredState: 'Running' as const,
        policy: POLICY,
        policyHash: sha256(canonicalJson(POLICY)),
        policyNames: ['wide'],
      },
    ],
    policies: [{ name: 'wide', hash: sha256(canonicalJson(POLICY)), delivery: 'Settled' as const }],
  };
  return { ...body, configHash: sha256(canonicalJson(body)) };
}

export function released(time: string): HaltRecord {
  return { schemaVersion: 1, portfolio: PORTFOLIO, generation: 0, state: 'RELEASED', writtenAt: time };
}

export function gatewayConfig(secretFile: string, instruments: readonly InstrumentDefinition[]): GatewayConfig {
  return {
    schemaVersion: 1,
    sources: [
      {
        name: SOURCE,
        scheme: 'Hmac',
        venue: SOURCE,
        instruments: instruments.map(({ symbol }) => symbol),
        ratePerSecond: 10_000,
        burst: 10_000,
        secretFile,
      },
    ],
  };
}
