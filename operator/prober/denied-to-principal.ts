/** Names of the addresses that the NetworkPolicy of a principal denies now, by its AgentRole. For the judgement of the reports of pods. Pure. */
import { compileRole } from '@flotilla/contracts/access/compile-role.ts';
import type { NetworkTarget } from '@flotilla/contracts/access/network-targets.ts';
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import { roleInForce } from '@flotilla/contracts/access/role-in-force.ts';
import { deniedTargets } from '../workload/network-targets.ts';
import type { WorkloadSettings } from '../workload/settings.ts';
import type { Watches } from '../watches.ts';

export function deniedToPrincipal(
  principal: Principal,
  { strategies, agentRoles }: { readonly [Kind in 'strategies' | 'agentRoles']: Pick<Watches[Kind], 'get'> },
  settings: WorkloadSettings,
): readonly NetworkTarget[] {
  const { namespace } = settings;
  const strategy = principal.role === 'SignalAgent' ? strategies.get(`${namespace}/${principal.strategy}`) : undefined;
  const role = roleInForce(strategy?.spec ?? {}, (name) => agentRoles.get(`${namespace}/${name}`));
  return deniedTargets(compileRole(role, principal).network, settings).map(({ name }) => name);
}
