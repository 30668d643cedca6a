/** Which principals the bus knows, from the objects that exist. Pure. */
import { compileRole } from '@flotilla/contracts/access/compile-role.ts';
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import { roleInForce } from '@flotilla/contracts/access/role-in-force.ts';
import { admissionEntry } from '@flotilla/contracts/access/admission-record.ts';
import { NORMALISER_TOKEN_AUDIENCE } from '@flotilla/contracts/access/bus-token.ts';
import { GATEWAY_NAME } from '@flotilla/contracts/control/gateway-status.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { TOKEN_PATTERN } from '@flotilla/contracts/values/scalars.ts';
import { agentDeploymentName, AUDIT_NAME, execDeploymentName } from '../fleet/workload-names.ts';

export interface Member {
  readonly principal: Principal;
  /** The ServiceAccount whose token proves the principal. */
  readonly serviceAccount: string;
  /** Only tokens for this audience count. Default: those for `flotilla-bus`. */
  readonly audience?: string;
  /** The AgentRole that the Strategy names; undefined when it names none, and for other principals. */
  readonly agentRole?: string;
  /** Set for people: only tokens of this very ServiceAccount count. */
  readonly serviceAccountUid?: string;
}

/** Name of the record by which the callout admits the member, among the records of the namespace. */
export function entryOf({ serviceAccount, audience }: Member): string {
  return admissionEntry(serviceAccount, audience);
}

/** Members that every namespace has, people aside. */
export const FIXED_MEMBERS: readonly Member[] = [
  { principal: { role: 'Gateway' }, serviceAccount: GATEWAY_NAME },
  { principal: { role: 'Normaliser' }, serviceAccount: GATEWAY_NAME, audience: NORMALISER_TOKEN_AUDIENCE },
  { principal: { role: 'AuditWriter' }, serviceAccount: AUDIT_NAME },
];

/**
 * An object keeps its principal until it is gone, because its pods need the bus while they end. A Strategy whose portfolio is gone, or whose spec
 * cannot be read, has none. An agent has the rights that its AgentRole leaves.
 *
 * @param isNormaliserApart by `isMarkedApart`: whether the account of the gateway has the rights of the gateway alone
 */
export function membersOf(
  namespace: string,
  portfolios: readonly ResourceObject[],
  strategies: readonly ResourceObject[],
  roles: readonly ResourceObject[] = [],
  isNormaliserApart = true,
): readonly Member[] {
  const ownRoles = roles.filter(({ metadata }) => metadata.namespace === namespace);
  const roleByName = new Map(ownRoles.map((role) => [role.metadata.name, role]));
  const names = new Set(portfolios.filter(({ metadata }) => metadata.namespace === namespace).map(({ metadata }) => metadata.name));
  return [
    ...FIXED_MEMBERS.map((member) => (member.principal.role === 'Gateway' && !isNormaliserApart ? undivided(member) : member)),
    ...[...names].filter(isToken).map((portfolio): Member => ({
      principal: { role: 'Exec', portfolio },
      serviceAccount: execDeploymentName(portfolio),
    })),
    ...strategies.flatMap((object): readonly Member[] => {
      const { name: strategy } = object.metadata;
      const portfolio = portfolioNameOf(object);
      if (object.metadata.namespace !== namespace || portfolio === undefined || !names.has(portfolio) || !isToken(strategy)) return [];
      const role = roleInForce(object.spec ?? {}, (one) => roleByName.get(one));
      const { principal } = compileRole(role, { role: 'SignalAgent', portfolio, strategy }).bus;
      const member = { principal, serviceAccount: agentDeploymentName(strategy) };
      return [role === undefined ? member : { ...member, agentRole: role.name }];
    }),
  ];
}

function undivided(member: Member): Member {
  return { ...member, principal: { role: 'Gateway', normalises: true } };
}

function portfolioNameOf({ spec }: ResourceObject): string | undefined {
  const reference = (spec as { readonly portfolioRef?: { readonly name?: unknown } } | undefined)?.portfolioRef;
  return typeof reference?.name === 'string' ? reference.name : undefined;
}

/** A name that cannot be a token of a subject gets no rights: the subjects of its rights would mean others. */
function isToken(name: string): boolean {
  return TOKEN_PATTERN.test(name);
}
