/** The condition PermissionsEnforced and the last proof, for the kinds that have a principal at the bus. Pure. */
import type { NetworkProofStatus, PermissionsStatus, RevocationStatus } from '@flotilla/contracts/resources/permissions-status.ts';
import { metaTime } from '@flotilla/kube/objects/meta-time.ts';
import { NETWORK_LEAK_PREFIX, type NetworkProof } from './network-proof.ts';
import type { ApiProof, PermissionProof } from './permission-board.ts';
import { PROOF_REPEAT_MS } from './proof-repeat.ts';
import type { Condition } from '@flotilla/kube/objects/condition.ts';
import type { DomainCondition } from './standard-conditions.ts';

/** Subjects that a message names. */
const NAMED_MAX = 4;
const TYPE = 'PermissionsEnforced';

/** No condition before the first probe. An operator that has just started repeats the condition of the operator before it. */
export function permissionsCondition(proof: PermissionProof | undefined, before: readonly Condition[]): readonly DomainCondition[] {
  if (proof === undefined) return before.filter(({ type }) => type === TYPE) as readonly DomainCondition[];
  const { leaks, unanswered, triedOn, apiServer, network } = proof;
  const last = before.filter(({ type }) => type === TYPE) as readonly DomainCondition[];
  // A leak in the network stands until a report of the pod was judged, also under an operator that has just started.
  const isUnsettled =
    network === undefined && last.some(({ reason, message }) => reason === 'PermissionLeaked' && message.includes(NETWORK_LEAK_PREFIX));
  if (isUnsettled && leaks.length === 0) return last;
  if (leaks.length > 0) {
    const what = describeTried((apiServer?.leaks.length ?? 0) > 0, (network?.reached.length ?? 0) > 0);
    const message = `the last probe reached ${leaks.length} ${what} that the principal must not reach: ${named(leaks)}; follow the runbook FlotillaPermissionLeak`;
    return [{ type: TYPE, status: 'False', reason: 'PermissionLeaked', message }];
  }
  if (unanswered.length > 0) {
    const what = describeTried((apiServer?.unanswered.length ?? 0) > 0, network?.isUnanswered === true);
    const message = `the last probe got no answer on ${unanswered.length} permitted ${what}, so its silence on the others proves nothing: ${named(unanswered)}`;
    return [{ type: TYPE, status: 'Unknown', reason: 'PermissionUnanswered', message }];
  }
  const onServers = triedOn === undefined || triedOn === '1/1' ? '' : `, on ${triedOn.replace('/', ' of ')} servers of the bus`;
  const asked =
    apiServer === undefined
      ? '; the API server has not answered yet'
      : '; the API server denies its ServiceAccount every forbidden request';
  const message = `the last probe was denied every forbidden subject, to publish and to hear, and reached every permitted one${onServers}${asked}${describeNetwork(network)}`;
  return [{ type: TYPE, status: 'True', reason: 'Enforced', message }];
}

function describeTried(withRequests: boolean, withAddresses: boolean): string {
  const kinds = [
    'subjects',
    ...(withRequests ? ['requests to the API server'] : []),
    ...(withAddresses ? ['addresses of the network'] : []),
  ];
  return kinds.length === 3 ? `${kinds[0]}, ${kinds[1]} and ${kinds[2]}` : kinds.join(' and ');
}

function describeNetwork(network: NetworkProof | undefined): string {
  if (network === undefined) return '';
  if (network.state === 'Holds') {
    return `; its pod reached none of ${network.denied.length} forbidden addresses (${network.denied.join(', ')})`;
  }
  return network.state === 'NotEnforced' ? `; ${network.message}` : `; nothing is known of the network: ${network.message}`;
}

/** @param before the proof that the status shows */
export function permissionsStatus(
  before: PermissionsStatus | undefined,
  proof: PermissionProof | undefined,
): { readonly permissions?: PermissionsStatus } {
  if (proof === undefined) return before === undefined ? {} : { permissions: before };
  const { forbiddenCount, allowedCount, leaks, servers, provenAtMs } = proof;
  const apiServer = proof.apiServer === undefined ? before?.apiServer : apiServerStatus(proof.apiServer);
  const network = proof.network === undefined ? before?.network : networkStatus(proof.network);
  const leakCount = leaks.length - (proof.apiServer?.leaks.length ?? 0) - (proof.network?.reached.length ?? 0);
  const isRecent = before !== undefined && provenAtMs - Date.parse(before.provenAt) < PROOF_REPEAT_MS;
  const isSame =
    before?.leakCount === leakCount &&
    before.servers === servers &&
    before.apiServer?.leakCount === apiServer?.leakCount &&
    outcomeOf(before.network) === outcomeOf(network);
  if (isRecent && isSame) return { permissions: before };
  const proven = { forbiddenCount, allowedCount, leakCount, provenAt: metaTime(provenAtMs) };
  return {
    permissions: {
      ...proven,
      ...(servers === undefined ? {} : { servers }),
      ...(apiServer === undefined ? {} : { apiServer }),
      ...(network === undefined ? {} : { network }),
    },
  };
}

function networkStatus({ state, denied, reached, message, provenAtMs }: NetworkProof): NetworkProofStatus {
  return {
    state,
    ...(denied.length === 0 ? {} : { denied: [...denied] }),
    ...(reached.length === 0 ? {} : { reached: [...reached] }),
    message,
    ...(provenAtMs === undefined ? {} : { provenAt: metaTime(provenAtMs) }),
  };
}

/** What of the network the status must show at once: all but the time. */
function outcomeOf(network: NetworkProofStatus | undefined): string {
  return JSON.stringify([network?.state, network?.denied ?? [], network?.reached ?? [], network?.message]);
}

function apiServerStatus({ forbiddenCount, leaks, provenAtMs }: ApiProof): NonNullable<PermissionsStatus['apiServer']> {
  return { forbiddenCount, leakCount: leaks.length, provenAt: metaTime(provenAtMs) };
}

/** @param found of the permission board: `null` when nothing was taken away, undefined when that is not known yet */
export function revocationStatus(
  before: RevocationStatus | undefined,
  found: RevocationStatus | null | undefined,
): { readonly revocation?: RevocationStatus } {
  const revocation = found === undefined ? before : (found ?? undefined);
  return revocation === undefined ? {} : { revocation };
}

function named(subjects: readonly string[]): string {
  const more = subjects.length > NAMED_MAX ? ` and ${subjects.length - NAMED_MAX} more` : '';
  return `${subjects.slice(0, NAMED_MAX).join(', ')}${more}`;
}
