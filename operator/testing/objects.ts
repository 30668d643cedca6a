/** Gives tests of pure code objects in the form of the API server. */
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { HeardExecs } from '../fleet/settle-policies.ts';
import type { WorkloadSettings } from '../workload/settings.ts';

export const TEST_SETTINGS: WorkloadSettings = {
  namespace: 'trading',
  image: 'flotilla:test',
  natsUrl: 'nats://10.0.0.1:4222',
  redisUrl: 'redis://redis:6379',
  logLevel: 'info',
  revision: 'test',
  otlpEndpoint: undefined,
  gatewayNodePort: undefined,
  streamReplicas: 1,
};

export function makeObject(kind: string, name: string, spec: unknown, more: Partial<ResourceObject['metadata']> = {}): ResourceObject {
  const metadata = { name, namespace: 'trading', uid: `uid-${name}`, generation: 1, ...more };
  return { apiVersion: 'flotilla.dev/v1alpha1', kind, metadata, spec };
}

export const riskPolicy = makeObject('RiskPolicy', 'conservative', {
  order: { maxNotional: '50000', priceCollarBps: 100, maxMessagesPerSecond: 20 },
  position: { maxNotional: '200000' },
  portfolio: { maxGrossNotional: '500000', maxLeverage: '2.0', maxDailyLoss: '25000' },
});

export const strictPolicy = makeObject('RiskPolicy', 'strict', {
  order: { maxNotional: '1000', priceCollarBps: 500, maxMessagesPerSecond: 100 },
  position: { maxNotional: '900000' },
  portfolio: { maxGrossNotional: '900000', maxDailyLoss: '100' },
});

export const portfolio = makeObject('Portfolio', 'main', {
  baseCurrency: 'USD',
  venue: { type: 'Paper', paper: { startingCash: '1000000', takerFeeBps: 5, latencyMs: 2 } },
  riskPolicyRef: { name: 'conservative' },
});

export const strategy = makeObject('Strategy', 'btc-momentum', {
  portfolioRef: { name: 'main' },
  agent: { builtIn: 'Momentum' },
  parameters: { fastBars: 10, slowBars: 30, quantity: '0.5' },
  instruments: ['BTC-USD'],
  capital: { maxNotional: '100000' },
});

export function withSpec(object: ResourceObject, change: Readonly<Record<string, unknown>>): ResourceObject {
  return { ...object, spec: { ...(object.spec as object), ...change } };
}

export const findPolicy = (name: string): ResourceObject | undefined =>
  [riskPolicy, strictPolicy].find(({ metadata }) => metadata.name === name);

/** A status board on which no exec reports. */
export const NO_EXECS: HeardExecs = { complete: true, statuses: [], written: [] };

/** The report of an exec that runs these policies. */
export function execReport(name: string, policies: ExecStatus['policies']): ExecStatus {
  return {
    schemaVersion: 1,
    portfolio: name,
    instance: `${name}-1`,
    epoch: 1,
    tradingState: 'ACTIVE',
    reason: '',
    configHash: 'c'.repeat(64),
    ...(policies === undefined ? {} : { policies }),
    openOrders: 0,
    updatedAt: '2026-11-21T12:00:00Z',
  };
}
