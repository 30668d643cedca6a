/** The principals of the world under attack. Two agents and two execs: the wall between neighbours of one role is what accounts of their own give. */
import { type BusRights, busRights, CORE_RIGHTS } from '@flotilla/contracts/access/bus-rights.ts';
import { quarantinedSubject } from '@flotilla/contracts/access/core-account.ts';
import { type Principal, principalName } from '@flotilla/contracts/access/principal.ts';

export const CAST = {
  gateway: { role: 'Gateway' },
  normaliser: { role: 'Normaliser' },
  momentum: { role: 'SignalAgent', portfolio: 'main', strategy: 'momentum' },
  reversion: { role: 'SignalAgent', portfolio: 'main', strategy: 'reversion' },
  suspect: { role: 'SignalAgent', portfolio: 'main', strategy: 'suspect', publications: 'Quarantine' },
  trainee: { role: 'SignalAgent', portfolio: 'main', strategy: 'trainee', publications: 'Proposals' },
  exec: { role: 'Exec', portfolio: 'main' },
  otherExec: { role: 'Exec', portfolio: 'other' },
  audit: { role: 'AuditWriter' },
  reader: { role: 'Reader' },
  person: { role: 'Person', person: 'alice', personRole: 'Replayer' },
  otherPerson: { role: 'Person', person: 'bob', personRole: 'Reader' },
} as const satisfies Readonly<Record<string, Principal>>;

/** Who attacks. */
export type Attacker = keyof typeof CAST;
/** Who is attacked: the operator lives in the core account itself. */
export type Member = Attacker | 'operator';

export const ATTACKERS = [
  'gateway',
  'normaliser',
  'momentum',
  'suspect',
  'trainee',
  'exec',
  'audit',
  'reader',
  'person',
] as const satisfies readonly Attacker[];
export const MEMBERS: readonly Member[] = [...(Object.keys(CAST) as Attacker[]), 'operator'];

export function rightsOf(member: Member, coreHash: string): BusRights {
  if (member === 'operator') return CORE_RIGHTS;
  const rights = busRights(CAST[member], coreHash);
  // The stream stores these without their last token.
  // What a tripwire keeps as evidence is not a hole, and a tripwire may carry attempts like every other publication.
  const stored = rights.publish.flatMap((subject) => (subject.startsWith('decisions.proposal.') ? [subject.replace(/\.\*$/, '')] : []));
  const kept = rights.trip.map((subject) => quarantinedSubject(principalName(CAST[member]), subject));
  return { ...rights, publish: [...rights.publish, ...stored, ...kept] };
}
