/** Status of an AgentRole: the Strategies that name it, and those that it refuses. Pure. */
import { roleInForce } from '@flotilla/contracts/access/role-in-force.ts';
import { type AgentRoleStatus, ROLE_USERS_MAX } from '@flotilla/contracts/resources/agent-role.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { ready, stalled, statusBase, type Verdict } from '../status/standard-conditions.ts';

/** Strategies that a message names. */
const USERS_NAMED_MAX = 8;

/** @param users the Strategies that name the role */
export function agentRoleStatus(role: ResourceObject, users: readonly ResourceObject[], nowMs: number): AgentRoleStatus {
  const own = roleInForce({ agentRoleRef: role.metadata }, () => role);
  if (own?.ok === false) return statusBase(role, stalled('SpecInvalid', own.message), nowMs);
  const judged = users
    .map((user) => ({ name: user.metadata.name, refused: roleInForce(user.spec ?? {}, () => role)?.ok === false }))
    .sort((a, b) => Number(b.refused) - Number(a.refused) || (a.name < b.name ? -1 : 1));
  const refused = judged.filter((user) => user.refused).map(({ name }) => name);
  return {
    ...statusBase(role, verdictOf(users.length, refused), nowMs),
    strategyCount: users.length,
    refusedCount: refused.length,
    ...(judged.length === 0
      ? {}
      : { usedBy: judged.slice(0, ROLE_USERS_MAX).map((user) => ({ name: user.name, allowed: user.refused ? 'No' : 'Yes' })) }),
  };
}

function verdictOf(userCount: number, refused: readonly string[]): Verdict {
  if (userCount === 0) return ready('Unused', 'valid; no Strategy names it');
  if (refused.length === 0) return ready('InUse', `${userCount} Strategies name it`);
  const more = refused.length - USERS_NAMED_MAX;
  const names = `${refused.slice(0, USERS_NAMED_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return ready('StrategiesRefused', `${refused.length} of ${userCount} Strategies name an instrument that it does not allow: ${names}`);
}
