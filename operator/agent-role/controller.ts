/**
 * Writes the status of an AgentRole. The identity controller and the controller of Strategies enforce the role.
 *
 * A role has no finalizer: the deletion of a role takes rights away, because a Strategy whose role is missing gets no agent.
 */
import { type Controller, makeSource, objectKey, specChanged, startController } from '@flotilla/kube/mod.ts';
import { KINDS } from '../kinds.ts';
import { reportingRefusals } from '../status/refusal.ts';
import { isServed } from '../status/served.ts';
import { statusIntents } from '../status/status-intents.ts';
import { referenceKeys } from '../watches.ts';
import type { World } from '../world.ts';
import { agentRoleStatus } from './status.ts';

/** Least time between two visits of a role: its status counts all users, and a thousand of them may appear at once. */
const SPACING_MS = 500;

export function startAgentRoleController(world: World): Controller {
  const { watches, settings, clock, rng, logger, metrics, trace } = world;
  const executor = world.executorOf('agent-role');
  return startController({
    name: 'agent-role',
    sources: [
      makeSource(watches.agentRoles, ({ metadata }) => [objectKey(metadata)]),
      makeSource(watches.strategies, (strategy) => referenceKeys(strategy, 'agentRoleRef'), { concerns: specChanged }),
    ],
    reconcile: reportingRefusals(
      { resource: KINDS.agentRole, find: (key) => watches.agentRoles.get(key), executor, clock },
      async (key, { signal }) => {
        const role = watches.agentRoles.get(key);
        if (role === undefined || role.metadata.deletionTimestamp !== undefined) return undefined;
        await world.settled;
        if (!isServed(role, settings)) return undefined;
        const status = agentRoleStatus(role, watches.strategies.byIndex('role', key), clock.nowMs());
        await executor.execute(statusIntents(KINDS.agentRole, role, status), { signal });
        return undefined;
      },
    ),
    spacingMs: SPACING_MS,
    clock,
    rng,
    logger,
    metrics,
    trace,
  });
}
