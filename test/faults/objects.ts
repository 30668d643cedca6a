/** The objects that the user of a scenario writes. */
import { KINDS } from '@flotilla/operator/kinds.ts';
import { type KubeManifest, KUBERNETES_TYPES, type ResourceType } from '@flotilla/kube/mod.ts';
import { NAMESPACE } from './world/recorder.ts';

export interface UserObject {
  readonly type: ResourceType;
  readonly manifest: KubeManifest;
}

export function userObject(type: ResourceType, name: string, spec: object): UserObject {
  const metadata = type.namespaced ? { name, namespace: NAMESPACE } : { name };
  return { type, manifest: { apiVersion: type.apiVersion, kind: type.kind, metadata, spec } };
}

export const policy = (name: string, maxNotional: string): UserObject =>
  userObject(KINDS.riskPolicy, name, {
    order: { maxNotional, priceCollarBps: 100, maxMessagesPerSecond: 20 },
    position: { maxNotional: '200000' },
    portfolio: { maxGrossNotional: '500000', maxLeverage: '2.0', maxDailyLoss: '25000' },
  });

export const portfolio = (name: string, policyName = 'conservative'): UserObject =>
  userObject(KINDS.portfolio, name, {
    baseCurrency: 'USD',
    venue: { type: 'Paper', paper: { startingCash: '1000000', takerFeeBps: 5, latencyMs: 2 } },
    riskPolicyRef: { name: policyName },
  });

export const strategy = (name: string, portfolioName: string, change: object = {}): UserObject =>
  userObject(KINDS.strategy, name, {
    portfolioRef: { name: portfolioName },
    agent: { builtIn: 'Momentum' },
    parameters: { fastBars: 10, slowBars: 30, quantity: '0.5' },
    instruments: ['BTC-USD'],
    capital: { maxNotional: '100000' },
    desiredState: 'Running',
    ...change,
  });

/** A spec that the API server accepts and the operator refuses. */
export const WRONG_PARAMETERS = { parameters: { fastBars: 99, slowBars: 3, quantity: '1' } };

export const replay = (instruments: readonly string[]): UserObject =>
  userObject(KINDS.signalSource, 'replay', { scheme: 'Replay', venue: 'v', instruments, replay: { datasets: ['d'] } });

export const desk = userObject(KINDS.signalSource, 'desk', {
  scheme: 'Hmac',
  venue: 'desk',
  instruments: ['BTC-USD'],
  secretRef: { name: 'desk-webhook' },
});

export const deskSecret: UserObject = {
  type: KUBERNETES_TYPES.secret,
  manifest: {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'desk-webhook', namespace: NAMESPACE },
    stringData: { secret: 'x' },
  },
};

export const killSwitch = (name: string, change: object = {}): UserObject =>
  userObject(KINDS.killSwitch, name, { scope: { type: 'All' }, reason: 'drill', ...change });
