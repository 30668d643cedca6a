/**
 * Decides whether a leak of its permissions stops a strategy, and whether a person has let the strategy resume. The controllers of Portfolio and
 * Strategy use the same functions. Pure.
 *
 * A leak is latched in the status of the Strategy. A later probe that finds no leak does not resume trading, because the leak may have been used.
 */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { LEAK_SUBJECTS_MAX, type LeakStatus } from '@flotilla/contracts/resources/permissions-status.ts';
import type { StrategyStatus } from '@flotilla/contracts/resources/strategy.ts';
import { metaTime } from '@flotilla/kube/objects/meta-time.ts';
import { NETWORK_LEAK_PREFIX } from '../status/network-proof.ts';
import type { PermissionProof } from '../status/permission-board.ts';
import type { BlockedStrategy, ResolvedStrategy } from './resolve-strategy.ts';

export const RESUME_AFTER_LEAK = 'flotilla.dev/resume-after-leak';
const SUBJECT_LENGTH_MAX = 256;
const PERSON_LENGTH_MAX = 128;
const REASON_LENGTH_MAX = 512;
/** Time of the leak, person, reason. */
const FORM = /^(\S+Z) +([^:]+):(.+)$/s;

type Resolved = Pick<ResolvedStrategy, 'ok' | 'role'> | Pick<BlockedStrategy, 'ok'>;

/** The person who decided, and the reason. */
export interface Resume {
  readonly foundAt: string;
  readonly person: string;
  readonly reason: string;
}

/**
 * The leak that stops the strategy: the latched one, or the one that the last probe found. Undefined without a leak, and under an AgentRole that says
 * Alert. A Strategy without a role, and one that cannot be resolved, is stopped.
 */
export function leakOf(strategy: ResourceObject, resolved: Resolved, proof: PermissionProof | undefined): LeakStatus | undefined {
  if (resolved.ok && resolved.role?.spec.onLeak === 'Alert') return undefined;
  const latched = (strategy.status as StrategyStatus | undefined)?.leak;
  if (latched !== undefined || proof === undefined || proof.leaks.length === 0) return latched;
  const printable = proof.leaks.map((subject) => subject.slice(0, SUBJECT_LENGTH_MAX).replaceAll(/[^ -~]/g, '?'));
  const subjects = [...new Set(printable)].slice(0, LEAK_SUBJECTS_MAX);
  return { foundAt: metaTime(newestAnswerMs(proof)), leakCount: proof.leaks.length, subjects };
}

/**
 * Undefined unless the annotation names the time of this leak, a person and a reason, and a later probe was denied every forbidden subject and answered
 * on every permitted one, at the bus and at the API server.
 */
export function resumeOf({ metadata }: ResourceObject, leak: LeakStatus, proof: PermissionProof | undefined): Resume | undefined {
  const [, foundAt = '', person = '', reason = ''] = FORM.exec(metadata.annotations?.[RESUME_AFTER_LEAK] ?? '') ?? [];
  if (foundAt !== leak.foundAt || person.trim() === '' || reason.trim() === '') return undefined;
  if (!isEnforced(proof) || oldestAnswerMs(proof) <= Date.parse(foundAt)) return undefined;
  return { foundAt, person: person.trim().slice(0, PERSON_LENGTH_MAX), reason: reason.trim().slice(0, REASON_LENGTH_MAX) };
}

/** Why the strategy is stopped, and what a person can do. */
export function describeLeak({ metadata }: ResourceObject, leak: LeakStatus, proof: PermissionProof | undefined): string {
  const { foundAt, leakCount, subjects } = leak;
  const more = leakCount > subjects.length ? ` and ${leakCount - subjects.length} more` : '';
  const found = `the probe of ${foundAt} reached what the agent must not reach (${subjects.join(', ')}${more}), so the agent is stopped and exec takes only orders that reduce`;
  if (!isEnforced(proof)) return `${found}; no later probe has shown that the leak is gone; follow the runbook FlotillaPermissionLeak`;
  const again = subjects.some((subject) => subject.startsWith(NETWORK_LEAK_PREFIX))
    ? '; the network is tried again only when the agent runs'
    : '';
  return `${found}; the last probe found no leak${again}; to resume: kubectl annotate --overwrite strategies/${metadata.name} ${RESUME_AFTER_LEAK}="${foundAt} <person>: <reason>"`;
}

/**
 * Silence proves nothing, so a probe without all its answers, at the bus and at the API server, does not count. Of the network no proof is demanded: no pod of a
 * stopped agent can try it. The agent tries its network again when it runs, and a leak stops it again.
 */
function isEnforced(proof: PermissionProof | undefined): proof is PermissionProof {
  return proof?.apiServer !== undefined && proof.leaks.length === 0 && proof.unanswered.length === 0;
}

function newestAnswerMs({ provenAtMs, apiServer, network }: PermissionProof): number {
  return Math.max(provenAtMs, apiServer?.provenAtMs ?? provenAtMs, network?.provenAtMs ?? provenAtMs);
}

function oldestAnswerMs({ provenAtMs, apiServer }: PermissionProof): number {
  return Math.min(provenAtMs, apiServer?.provenAtMs ?? provenAtMs);
}
