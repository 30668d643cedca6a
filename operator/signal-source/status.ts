/** Status of a SignalSource: where to send webhooks, and whether the gateway serves the source. Pure. */
import type { ReasonOf } from '@flotilla/contracts/conditions/condition-reasons.ts';
import { GATEWAY_NAME } from '@flotilla/contracts/control/gateway-status.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { SignalSourceSpec, SignalSourceStatus } from '@flotilla/contracts/resources/signal-source.ts';
import { SERVICE_PORTS } from '@flotilla/contracts/values/service-ports.ts';
import { gatewaySilence, SIGNAL_SOURCE_OBSTACLES, type SignalSourceFacts } from '../fleet/obstacles.ts';
import { obstaclesOf, verdictOf } from '../status/obstacle.ts';
import type { Refusal } from '../status/refusal.ts';
import { type DomainCondition, statusBase } from '../status/standard-conditions.ts';
import type { BlockedSource } from './gather.ts';
import { unknownFieldsCondition } from '../status/unknown-fields.ts';
import type { DeploymentState } from '../workload/deployment-state.ts';
import type { WorkloadSettings } from '../workload/settings.ts';
import type { ServedSource } from './plan.ts';

export interface SignalSourceObservation extends Pick<SignalSourceFacts, 'busProblem' | 'report'> {
  readonly object: ResourceObject;
  readonly resolved: (ServedSource & { readonly ok: true }) | BlockedSource;
  readonly gateway: DeploymentState;
  /** Why the gateway cannot be made as it should be. */
  readonly refusal?: Refusal | undefined;
  /** The SignalSource whose pod template the gateway takes; undefined when no source has one. */
  readonly podTemplateFrom?: string | undefined;
}

export function signalSourceStatus(observation: SignalSourceObservation, settings: WorkloadSettings, nowMs: number): SignalSourceStatus {
  const { object, resolved } = observation;
  const { name } = object.metadata;
  const done = resolved.ok && resolved.spec.scheme === 'Replay' ? AVAILABLE : LISTENING;
  const obstacles = obstaclesOf(SIGNAL_SOURCE_OBSTACLES, { ...observation, name });
  const base = statusBase(object, verdictOf(obstacles, done), nowMs, [
    secretCondition(observation),
    gatewayCondition(observation),
    ...podTemplateCondition(observation),
    ...unknownFieldsCondition(resolved.ok ? resolved.unknownFields : []),
  ]);
  if (!resolved.ok) return base;
  const path = webhookPath(resolved.name, resolved.spec);
  const service = `http://${GATEWAY_NAME}.${settings.namespace}.svc:${SERVICE_PORTS.gateway}`;
  return { ...base, ...(path === undefined ? {} : { path }), service };
}

const AVAILABLE = { reason: 'Available' as const, message: 'the gateway can replay its datasets' };
const LISTENING = { reason: 'Listening' as const, message: 'the gateway takes its webhooks' };

const SECRET_REASONS: readonly ReasonOf<'SignalSource'>[] = ['SecretNotFound', 'SecretKeyNotFound', 'SecretKeyEmpty'];

function secretCondition({ resolved }: SignalSourceObservation): DomainCondition {
  const type = 'SecretFound';
  if (!resolved.ok) {
    const { reason, message } = resolved;
    return { type, status: SECRET_REASONS.includes(reason) ? 'False' : 'Unknown', reason, message };
  }
  return resolved.spec.secretRef === undefined
    ? { type, status: 'True', reason: 'NotNeeded', message: `the scheme ${resolved.spec.scheme} has no secret` }
    : {
        type,
        status: 'True',
        reason: 'Found',
        message: `Secret ${resolved.spec.secretRef.name} has the key ${resolved.spec.secretRef.key}`,
      };
}

/** The gateway serves all sources, so its state says nothing about the settings of one source. Ready pods alone prove nothing: the gateway has to report. */
function gatewayCondition({ gateway, refusal, busProblem, report }: SignalSourceObservation): DomainCondition {
  const type = 'GatewayReady';
  if (refusal !== undefined) return { type, status: 'False', reason: refusal.reason, message: refusal.message };
  const isRunning = gateway.state === 'Ready';
  if (isRunning && report?.fresh === true) {
    return { type, status: 'True', reason: 'Ready', message: 'the gateway runs with the newest settings of all sources' };
  }
  const status = isRunning ? 'Unknown' : 'False';
  if (busProblem !== undefined) return { type, status, reason: busProblem.reason, message: busProblem.message };
  return isRunning
    ? { type, status, reason: 'GatewaySilent', message: gatewaySilence(report) }
    : { type, status, reason: 'GatewayStarting', message: gateway.message };
}

/** Only for a source with a pod template: there is one gateway, so at most one template is in force. */
function podTemplateCondition({ resolved, podTemplateFrom }: SignalSourceObservation): readonly DomainCondition[] {
  if (!resolved.ok || resolved.spec.podTemplate === undefined || podTemplateFrom === undefined) return [];
  const type = 'PodTemplateInForce';
  return [
    podTemplateFrom === resolved.name
      ? { type, status: 'True', reason: 'InForce', message: 'the pods of the gateway follow spec.podTemplate of this source' }
      : {
          type,
          status: 'False',
          reason: 'AnotherDecides',
          message: `spec.podTemplate is not used: one gateway serves all sources, and the template of SignalSource ${podTemplateFrom} decides, because it is the first by name; put all fields there and remove spec.podTemplate here`,
        },
  ];
}

/** TradingView cannot sign, so its secret is the last part of the path. */
function webhookPath(name: string, { scheme }: SignalSourceSpec): string | undefined {
  if (scheme === 'Replay') return undefined;
  return `/webhook/${name}${scheme === 'TradingView' ? '/<secret>' : ''}`;
}
