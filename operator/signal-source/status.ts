/** Status of a SignalSource: where to send webhooks, and whether the gateway serves the source. Pure. */
import type { ReasonOf } from '@flotilla/contracts/conditions/condition-reasons.ts';
import { GATEWAY_NAME } from '@flotilla/contracts/control/gateway-status.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { NEXT_KEY_DEFAULT, type SignalSourceSpec, type SignalSourceStatus } from '@flotilla/contracts/resources/signal-source.ts';
import { SERVICE_PORTS } from '@flotilla/contracts/values/service-ports.ts';
import { gatewaySilence, NOT_TAKEN_UP, SIGNAL_SOURCE_OBSTACLES, type SignalSourceFacts } from '../fleet/obstacles.ts';
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
    ...rowsCondition(observation),
    ...unknownFieldsCondition(resolved.ok ? resolved.unknownFields : []),
  ]);
  if (!resolved.ok) return base;
  const path = webhookPath(resolved.name, resolved.spec);
  const service = `http://${GATEWAY_NAME}.${settings.namespace}.svc:${SERVICE_PORTS.gateway}`;
  const rows = rowsOf(observation);
  return { ...base, ...(path === undefined ? {} : { path }), service, ...(rows === undefined ? {} : { rows }) };
}

const AVAILABLE = { reason: 'Available' as const, message: 'the gateway can replay its datasets' };
const LISTENING = { reason: 'Listening' as const, message: 'the gateway takes its webhooks' };

const SECRET_REASONS: readonly string[] = [
  'SecretMissing',
  'SecretEmpty',
  'SecretTooShort',
  'SecretUnreadable',
] satisfies readonly ReasonOf<'SignalSource'>[];

/** Only the gateway reads the Secret, so nothing is known of it while the gateway does not report. */
function secretCondition(observation: SignalSourceObservation): DomainCondition {
  const type = 'SecretFound';
  const { resolved, report, object } = observation;
  if (!resolved.ok) return { type, status: 'Unknown', reason: resolved.reason, message: resolved.message };
  const { scheme, secretRef } = resolved.spec;
  if (secretRef === undefined) return { type, status: 'True', reason: 'NotNeeded', message: `the scheme ${scheme} has no secret` };
  const gateway = gatewayCondition(observation);
  if (gateway.status !== 'True') return { ...gateway, type, status: 'Unknown' };
  const seen = report?.value.sources.find(({ name }) => name === object.metadata.name);
  if (seen === undefined) return { type, status: 'Unknown', reason: 'GatewayStarting', message: NOT_TAKEN_UP };
  if (seen.problem !== undefined && SECRET_REASONS.includes(seen.problem.reason))
    return { type, status: 'False', reason: seen.problem.reason as ReasonOf<'SignalSource'>, message: seen.problem.message };
  const found = `the gateway has read the key ${secretRef.key} of Secret ${secretRef.name}`;
  const both = `the gateway accepts the keys ${secretRef.key} and ${secretRef.nextKey ?? NEXT_KEY_DEFAULT} of Secret ${secretRef.name}`;
  return { type, status: 'True', reason: 'Found', message: seen.acceptsNext === true ? both : found };
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

/** Rows that are refused keep no others from being replayed, so the source is Ready all the same. */
function rowsCondition(observation: SignalSourceObservation): readonly DomainCondition[] {
  const { resolved } = observation;
  if (!resolved.ok || resolved.spec.scheme !== 'Replay') return [];
  const type = 'RowsUsable';
  const gateway = gatewayCondition(observation);
  if (gateway.status !== 'True') return [{ ...gateway, type, status: 'Unknown' }];
  const rows = rowsOf(observation);
  if (rows === undefined)
    return [{ type, status: 'Unknown', reason: 'RowsNotCounted', message: 'the gateway has not yet counted the rows of the datasets' }];
  const total = rows.usable + rows.refused;
  if (rows.refused === 0)
    return [{ type, status: 'True', reason: 'AllRowsUsable', message: `all ${total} rows of the datasets can be replayed` }];
  const message = `${rows.refused} of ${total} rows of the datasets are refused; the first: ${rows.firstRefused ?? 'not told'}`;
  return [{ type, status: 'False', reason: 'RowsRefused', message }];
}

function rowsOf({ report, object }: SignalSourceObservation): SignalSourceStatus['rows'] {
  return report?.value.sources.find(({ name }) => name === object.metadata.name)?.rows;
}

/** TradingView cannot sign, so its secret is the last part of the path. */
function webhookPath(name: string, { scheme }: SignalSourceSpec): string | undefined {
  if (scheme === 'Replay') return undefined;
  return `/webhook/${name}${scheme === 'TradingView' ? '/<secret>' : ''}`;
}
