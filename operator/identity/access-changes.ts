/** What a change of a principal's rights means: whether it needs a fence, how a status shows it, and how the audit log tells it. Pure. */
import type { AccessChange, AdmissionRecord } from '@flotilla/contracts/access/admission-record.ts';
import { workerOfName } from '@flotilla/contracts/access/principal.ts';
import type { AuditAction } from '@flotilla/contracts/events/audit-actions.ts';
import type { RevocationStatus } from '@flotilla/contracts/resources/permissions-status.ts';
import type { FencedAgent } from './decisions-fence.ts';

const ACTIONS = {
  Opened: 'PRINCIPAL_OPENED',
  Widened: 'PERMISSIONS_WIDENED',
  Narrowed: 'PERMISSIONS_NARROWED',
  Closed: 'PRINCIPAL_CLOSED',
} as const satisfies Record<AccessChange['kind'], string>;

export interface UnsettledChange {
  /** Name of the record. */
  readonly entry: string;
  readonly record: AdmissionRecord;
  readonly change: AccessChange;
}

/** Changes that are not in the audit log yet. */
export function unsettledChanges(records: ReadonlyMap<string, AdmissionRecord>): readonly UnsettledChange[] {
  return [...records].flatMap(([entry, record]) => (record.change?.settled === false ? [{ entry, record, change: record.change }] : []));
}

/** The agent whose decisions the bus keeps from exec; undefined for another principal, and for an agent whose decisions are delivered. */
export function withheldAgent({ principal, closed, publications = 'Deliver' }: AdmissionRecord): FencedAgent | undefined {
  const worker = workerOfName(principal);
  return worker?.role === 'SignalAgent' && (closed || publications !== 'Deliver')
    ? { portfolio: worker.portfolio, strategy: worker.strategy, publications: closed ? 'Nothing' : publications }
    : undefined;
}

/** For the status of the Strategy; undefined while its decisions are delivered, and before they are fenced. */
export function revocationOf(record: AdmissionRecord): RevocationStatus | undefined {
  const { closed, publications = 'Deliver', change } = record;
  if (closed || publications === 'Deliver' || change?.throughSequence === undefined) return undefined;
  const { throughSequence, servers, at } = change;
  return { publications, stream: 'DECISIONS', throughSequence, since: at, ...(servers === undefined ? {} : { servers }) };
}

export interface AccessEvent {
  /** Undefined: the principal belongs to no portfolio. */
  readonly portfolio: string | undefined;
  readonly action: AuditAction;
  readonly details: Readonly<Record<string, string>>;
}

/** @param agentRole the AgentRole that the Strategy names */
export function accessEvent(
  { principal, closed, publications, personRole }: AdmissionRecord,
  change: AccessChange,
  agentRole?: string,
): AccessEvent {
  const { from, servers, throughSequence } = change;
  const to = closed ? 'Closed' : (publications ?? personRole);
  return {
    portfolio: workerOfName(principal)?.portfolio,
    action: ACTIONS[change.kind],
    details: {
      principal,
      ...(agentRole === undefined ? {} : { agentRole }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(servers === undefined ? {} : { servers }),
      ...(throughSequence === undefined ? {} : { stream: 'DECISIONS', throughSequence: String(throughSequence) }),
    },
  };
}

/** DECISIONS holds a decision of an agent behind the fence of the agent. */
export function breachEvent({ principal }: AdmissionRecord, throughSequence: number, foundSequence: number): AccessEvent {
  return {
    portfolio: workerOfName(principal)?.portfolio,
    action: 'REVOCATION_BREACHED',
    details: { principal, stream: 'DECISIONS', throughSequence: String(throughSequence), foundSequence: String(foundSequence) },
  };
}
