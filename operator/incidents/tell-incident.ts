/** Finds the object of a principal and words the event of an incident. Pure. */
import { principalName } from '@flotilla/contracts/access/principal.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { EventIntent } from '@flotilla/kube/execute/intent.ts';
import { KINDS } from '../kinds.ts';
import type { Incident } from './incident.ts';

export interface FleetObjects {
  readonly namespace: string;
  readonly portfolios: readonly ResourceObject[];
  readonly strategies: readonly ResourceObject[];
}

/** Undefined for a principal without an object: the gateway, the normaliser, the audit writer, readers. */
export function incidentEvent(
  { principal, subject }: Incident,
  attemptCount: number,
  { namespace, portfolios, strategies }: FleetObjects,
): Omit<EventIntent, 'type'> | undefined {
  const isHere = ({ metadata }: ResourceObject): boolean => metadata.namespace === namespace;
  const strategy = strategies.filter(isHere).find((object) => agentNameOf(object) === principal);
  const portfolio = portfolios
    .filter(isHere)
    .find(({ metadata }) => principalName({ role: 'Exec', portfolio: metadata.name }) === principal);
  const regarding = strategy ?? portfolio;
  if (regarding === undefined) return undefined;
  const attempts = attemptCount === 1 ? 'once' : `${attemptCount} times`;
  return {
    resource: strategy === undefined ? KINDS.portfolio : KINDS.strategy,
    regarding,
    severity: 'Warning',
    reason: 'ForbiddenAttempt',
    action: 'KeepEvidence',
    note: `${principal} tried ${attempts} what it has no right to, last on ${subject}: the bus kept the attempts as evidence in the stream QUARANTINE; follow the runbook FlotillaForbiddenAttempt`,
  };
}

function agentNameOf({ metadata, spec }: ResourceObject): string {
  const portfolio = (spec as { readonly portfolioRef?: { readonly name?: unknown } } | undefined)?.portfolioRef?.name;
  return typeof portfolio === 'string' ? principalName({ role: 'SignalAgent', portfolio, strategy: metadata.name }) : '';
}
