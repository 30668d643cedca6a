/** The objects of a bench: one RiskPolicy, some Portfolios, and Strategies spread over them. */
import type { KubeManifest } from '@flotilla/kube/mod.ts';
import { NAMESPACE } from './control-plane.ts';

const API_VERSION = 'flotilla.dev/v1alpha1';
export const POLICY = 'bench';
/** As in ExecConfig: strategies of one portfolio at most. */
const STRATEGIES_PER_PORTFOLIO_MAX = 1_000;
const PORTFOLIOS_MIN = 10;

/** So that 1,000 Strategies are 10 Portfolios of 100, and 10,000 are 20 of 500: a ramp on top still fits. */
export function portfolioCount(strategies: number): number {
  return Math.max(PORTFOLIOS_MIN, Math.ceil((2 * strategies) / STRATEGIES_PER_PORTFOLIO_MAX));
}

export function portfolioName(position: number): string {
  return `book-${String(position + 1).padStart(2, '0')}`;
}

export function strategyName(position: number): string {
  return `bench-${String(position + 1).padStart(5, '0')}`;
}

export function riskPolicy(maxNotional: string): KubeManifest {
  return object('RiskPolicy', POLICY, {
    order: { maxNotional, priceCollarBps: 100, maxMessagesPerSecond: 20 },
    position: { maxNotional: '200000' },
    portfolio: { maxGrossNotional: '500000', maxLeverage: '2.0', maxDailyLoss: '25000' },
  });
}

export function portfolio(name: string): KubeManifest {
  return object('Portfolio', name, {
    baseCurrency: 'USD',
    venue: { type: 'Paper', paper: { startingCash: '1000000', takerFeeBps: 5, makerFeeBps: 2, latencyMs: 2 } },
    decision: { mode: 'Direct' },
    riskPolicyRef: { name: POLICY },
  });
}

export function strategy(position: number, portfolios: number): KubeManifest {
  return object('Strategy', strategyName(position), {
    portfolioRef: { name: portfolioName(position % portfolios) },
    agent: { builtIn: 'Momentum' },
    parameters: { fastBars: 10, slowBars: 30, quantity: '1', allowShort: true },
    instruments: ['BTC-USD', 'ETH-USD'],
    capital: { maxNotional: '5000' },
  });
}

/** Stops the agents of one portfolio. */
export function killSwitch(portfolioOfScope: string): KubeManifest {
  const { apiVersion, kind, spec } = object('KillSwitch', 'bench', {
    scope: { type: 'Portfolios', portfolios: [{ namespace: NAMESPACE, name: portfolioOfScope }] },
    mode: 'CancelAndHold',
    reason: 'bench',
  });
  return { apiVersion, kind, metadata: { name: 'bench' }, spec };
}

function object(kind: string, name: string, spec: object): KubeManifest {
  return { apiVersion: API_VERSION, kind, metadata: { name, namespace: NAMESPACE }, spec };
}
