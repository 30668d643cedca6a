/** The condition PermissionsEnforced and the last proof, for the kinds that have a principal at the bus. Pure. */
import type { PermissionsStatus } from '@flotilla/contracts/resources/permissions-status.ts';
import { metaTime } from '@flotilla/kube/objects/meta-time.ts';
import type { PermissionProof } from './permission-board.ts';
import { PROOF_REPEAT_MS } from './proof-repeat.ts';
import type { Condition } from '@flotilla/kube/objects/condition.ts';
import type { DomainCondition } from './standard-conditions.ts';

/** Subjects that a message names. */
const NAMED_MAX = 4;
const TYPE = 'PermissionsEnforced';

/** No condition before the first probe. An operator that has just started repeats the condition of the operator before it. */
export function permissionsCondition(proof: PermissionProof | undefined, before: readonly Condition[]): readonly DomainCondition[] {
  if (proof === undefined) return before.filter(({ type }) => type === TYPE) as readonly DomainCondition[];
  const { leaks, unanswered } = proof;
  if (leaks.length > 0) {
    const message = `the last probe reached ${leaks.length} subjects that the principal must not reach: ${named(leaks)}; follow the runbook FlotillaPermissionLeak`;
    return [{ type: TYPE, status: 'False', reason: 'PermissionLeaked', message }];
  }
  if (unanswered.length > 0) {
    const message = `the last probe got no answer on ${unanswered.length} permitted subjects, so its silence on the others proves nothing: ${named(unanswered)}`;
    return [{ type: TYPE, status: 'Unknown', reason: 'PermissionUnanswered', message }];
  }
  const message = 'the last probe was denied every forbidden subject and was answered on every permitted one';
  return [{ type: TYPE, status: 'True', reason: 'Enforced', message }];
}

/** @param before the proof that the status shows */
export function permissionsStatus(
  before: PermissionsStatus | undefined,
  proof: PermissionProof | undefined,
): { readonly permissions?: PermissionsStatus } {
  if (proof === undefined) return before === undefined ? {} : { permissions: before };
  const { forbiddenCount, allowedCount, leaks, servers, provenAtMs } = proof;
  const isRecent = before !== undefined && provenAtMs - Date.parse(before.provenAt) < PROOF_REPEAT_MS;
  if (isRecent && before.leakCount === leaks.length && before.servers === servers) return { permissions: before };
  const proven = { forbiddenCount, allowedCount, leakCount: leaks.length, provenAt: metaTime(provenAtMs) };
  return { permissions: servers === undefined ? proven : { ...proven, servers } };
}

function named(subjects: readonly string[]): string {
  const more = subjects.length > NAMED_MAX ? ` and ${subjects.length - NAMED_MAX} more` : '';
  return `${subjects.slice(0, NAMED_MAX).join(', ')}${more}`;
}
