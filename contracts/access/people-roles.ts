/**
 * Rights of people at the API server, as ClusterRoles. The chart `flotilla-crds` installs them.
 *
 * Kubernetes adds the rules of an aggregated role to its own roles `view`, `edit` and `admin`. The other roles hold after a platform team binds
 * them. A new kind is in no role until this file names it.
 */
import { API_GROUP } from '../resources/definition.ts';
import { agentRoleResource } from '../resources/agent-role.ts';
import { killSwitchResource } from '../resources/kill-switch.ts';
import { portfolioResource } from '../resources/portfolio.ts';
import { riskPolicyResource } from '../resources/risk-policy.ts';
import { signalSourceResource } from '../resources/signal-source.ts';
import { strategyResource } from '../resources/strategy.ts';
import { READER_SERVICE_ACCOUNT } from './bus-token.ts';
import type { AccessRule } from './operator-rights.ts';

interface PeopleRole {
  readonly name: string;
  /** One sentence for `kubectl describe clusterrole`. */
  readonly description: string;
  /** Roles of Kubernetes that receive the rules. */
  readonly aggregateTo: readonly ('view' | 'edit' | 'admin')[];
  readonly rules: readonly AccessRule[];
}

const READ = ['get', 'list', 'watch'] as const;
/** The verbs of Kubernetes' own `edit`. */
const WRITE = ['create', 'update', 'patch', 'delete', 'deletecollection'] as const;

/** The objects alone, without the subresource `status`: only the operator writes a status. */
const NAMESPACED_KINDS = [portfolioResource, strategyResource, riskPolicyResource, signalSourceResource].map(({ plural }) => plural);
const AGENT_ROLES = [agentRoleResource.plural];
const KILL_SWITCHES = [killSwitchResource.plural];

export const PEOPLE_ROLES: readonly PeopleRole[] = [
  {
    name: 'flotilla-view',
    description:
      'Reads Portfolios, Strategies, RiskPolicies, AgentRoles and SignalSources, and the bus by tokens of the ServiceAccount flotilla-reader.',
    aggregateTo: ['view', 'edit', 'admin'],
    rules: [
      { apiGroups: [API_GROUP], resources: [...NAMESPACED_KINDS, ...AGENT_ROLES], verbs: READ },
      // The command line asks for a token of this ServiceAccount alone. Every other one has more rights at the bus, or at the API server.
      { apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: [READER_SERVICE_ACCOUNT], verbs: ['create'] },
    ],
  },
  {
    name: 'flotilla-edit',
    description: 'Writes Portfolios, Strategies, RiskPolicies and SignalSources, without their status.',
    aggregateTo: ['edit', 'admin'],
    rules: [{ apiGroups: [API_GROUP], resources: NAMESPACED_KINDS, verbs: WRITE }],
  },
  {
    name: 'flotilla-roles',
    description: 'Writes AgentRoles, without their status. An AgentRole takes rights of agents away and opens hosts outside.',
    // Who edits Strategies does not decide what their agents may do.
    aggregateTo: ['admin'],
    rules: [{ apiGroups: [API_GROUP], resources: AGENT_ROLES, verbs: WRITE }],
  },
  {
    name: 'flotilla-halt',
    description: 'Reads and creates KillSwitches. A KillSwitch halts trading in the namespaces of its scope.',
    aggregateTo: [],
    rules: [{ apiGroups: [API_GROUP], resources: KILL_SWITCHES, verbs: [...READ, 'create'] }],
  },
  {
    name: 'flotilla-release',
    description: 'Reads and deletes KillSwitches. The deletion of a KillSwitch releases its halt.',
    aggregateTo: [],
    // Without `deletecollection`, each halt is released by name. Without `patch`, the finalizers of the operator stay.
    rules: [{ apiGroups: [API_GROUP], resources: KILL_SWITCHES, verbs: [...READ, 'delete'] }],
  },
];
