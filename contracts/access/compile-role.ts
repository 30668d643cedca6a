/**
 * Compiles a role for a principal: what the principal may do at the bus, at the store, at the API server and in the network. The operator makes
 * accounts, consumers and NetworkPolicies from it, and `flotilla permissions` shows it. Pure.
 *
 * An AgentRole takes rights of the built-in role SignalAgent away. Hosts are the one exception: the built-in role reaches no host outside, and an
 * AgentRole opens those that it names.
 */
import { agentConsumer, type ConsumerDefinition } from '../bus/consumers.ts';
import type { AgentHost, Publications } from '../resources/agent-role.ts';
import type { AccessRule } from './operator-rights.ts';
import { NETWORK_TARGETS, type NetworkTarget, withoutOpenPorts } from './network-targets.ts';
import { networkReportKey } from './network-report-key.ts';
import type { Principal, RoleName } from './principal.ts';
import type { RoleInForce } from './role-in-force.ts';
import { gatewayStoreRules, type StoreUser } from './store-users.ts';

/** A server of the installation, by its use. The settings of the operator give its address. */
export type NetworkServer = 'bus' | 'store' | 'telemetry';

export interface CompiledRole {
  readonly bus: {
    /** The principal with what its role leaves. `busRights` gives its subjects, and the identity controller makes its account from them. */
    readonly principal: Principal;
    /** The consumer of an agent, whose filter is the signals that the agent gets. Undefined for other principals. */
    readonly consumer: ConsumerDefinition | undefined;
  };
  /** Undefined: the principal has no user at the store. */
  readonly store: StoreUser | undefined;
  /** Rules of its ServiceAccount. No principal of the bus calls the API server. */
  readonly kubernetes: readonly AccessRule[];
  readonly network: {
    readonly servers: readonly NetworkServer[];
    readonly hosts: readonly AgentHost[];
    /** Addresses that its pod tries and must not reach. Empty for people, who have no pod. */
    readonly denied: readonly NetworkTarget[];
  };
}

const NETWORK_SERVERS: Readonly<Record<RoleName, readonly NetworkServer[]>> = {
  Gateway: ['bus', 'store', 'telemetry'],
  // Runs in the pod of the gateway, whose policy holds for the pod as a whole.
  Normaliser: ['bus', 'store', 'telemetry'],
  SignalAgent: ['bus', 'telemetry'],
  Exec: ['bus', 'telemetry'],
  // The audit writer makes no spans.
  AuditWriter: ['bus'],
  // The command line of people runs outside of the cluster's networks.
  Reader: ['bus'],
  Person: ['bus'],
};
/** For any namespace. */
const GATEWAY_STORE_USER: StoreUser = { name: 'gateway', rules: gatewayStoreRules('<namespace>') };

/**
 * @param role what `roleInForce` gives; undefined: the built-in role alone. Only agents have another
 * @param instruments instruments that the agent runs with. Those that the role does not allow are left out
 */
export function compileRole(role: RoleInForce | undefined, principal: Principal, instruments: readonly string[] = []): CompiledRole {
  const servers = NETWORK_SERVERS[principal.role];
  const hosts = principal.role === 'SignalAgent' && role?.ok === true ? (role.spec.hosts ?? []) : [];
  return {
    bus: { principal: narrowed(role, principal), consumer: consumerOf(role, principal, instruments) },
    store: principal.role === 'Gateway' ? GATEWAY_STORE_USER : undefined,
    kubernetes: [],
    network: { servers, hosts, denied: deniedTargets(principal, servers, hosts) },
  };
}

function deniedTargets(principal: Principal, servers: readonly NetworkServer[], hosts: readonly AgentHost[]): readonly NetworkTarget[] {
  if (networkReportKey(principal) === undefined) return [];
  const others = NETWORK_TARGETS.filter(
    (target) => !(target === 'store' && servers.includes('store')) && !(target === 'gateway' && principal.role === 'Gateway'),
  );
  return withoutOpenPorts(
    others,
    hosts.flatMap(({ ports }) => ports),
  );
}

function narrowed(role: RoleInForce | undefined, principal: Principal): Principal {
  if (role === undefined || principal.role !== 'SignalAgent') return principal;
  // An agent that runs although its role is missing publishes nothing until it has ended.
  const publications: Publications = role.ok ? role.spec.publications : 'Nothing';
  return { ...principal, publications };
}

function consumerOf(role: RoleInForce | undefined, principal: Principal, instruments: readonly string[]): ConsumerDefinition | undefined {
  if (principal.role !== 'SignalAgent') return undefined;
  const { portfolio, strategy } = principal;
  if (role?.ok === false) return undefined;
  const { venues, instruments: allowed } = role?.spec.signals ?? {};
  const left = instruments.filter((one) => allowed?.includes(one) !== false);
  // A consumer without a filter would get every signal.
  return left.length === 0 ? undefined : agentConsumer(portfolio, strategy, left, venues);
}
