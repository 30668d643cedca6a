/** Status of a SignalSource: where to send, and whether somebody listens. Pure. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { SignalSourceSpec, SignalSourceStatus } from '@flotilla/contracts/resources/signal-source.ts';
import { SERVICE_PORTS } from '@flotilla/contracts/service-ports.ts';
import { ready, reconciling, stalled, statusBase, type Verdict } from '../status/standard-conditions.ts';
import type { Blocked } from '../strategy/resolve-strategy.ts';
import type { DeploymentState } from '../workload/deployment-state.ts';
import type { WorkloadSettings } from '../workload/settings.ts';
import { GATEWAY_NAME, type ServedSource } from './plan.ts';

export interface SignalSourceObservation {
  readonly object: ResourceObject;
  readonly resolved: (ServedSource & { readonly ok: true }) | Blocked;
  readonly gateway: DeploymentState;
  /** Why the gateway cannot be made as it should be. */
  readonly refusal?: Verdict | undefined;
}

export function signalSourceStatus(observation: SignalSourceObservation, settings: WorkloadSettings, nowMs: number): SignalSourceStatus {
  const { object, resolved } = observation;
  const base = statusBase(object, verdictOf(observation), nowMs);
  if (!resolved.ok) return base;
  const path = webhookPath(resolved.name, resolved.spec);
  const service = `http://${GATEWAY_NAME}.${settings.namespace}.svc:${SERVICE_PORTS.gateway}`;
  return { ...base, ...(path === undefined ? {} : { path }), service };
}

function verdictOf({ resolved, gateway, refusal }: SignalSourceObservation): Verdict {
  if (!resolved.ok) return stalled(resolved.reason, resolved.message);
  if (refusal !== undefined) return refusal;
  if (gateway.state !== 'Ready') return reconciling('GatewayStarting', gateway.message);
  return resolved.spec.scheme === 'Replay'
    ? ready('Available', 'the gateway can replay its datasets')
    : ready('Listening', 'the gateway takes its webhooks');
}

/** TradingView cannot sign, so its secret is the last part of the path. */
function webhookPath(name: string, { scheme }: SignalSourceSpec): string | undefined {
  if (scheme === 'Replay') return undefined;
  return `/webhook/${name}${scheme === 'TradingView' ? '/<secret>' : ''}`;
}
