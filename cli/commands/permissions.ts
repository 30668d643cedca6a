/** `flotilla permissions`: what the agent of a Strategy, or another principal, may do and may not do. */
import { compileRole } from '@flotilla/contracts/access/compile-role.ts';
import { type PermissionCell, permissionMatrix, type ProbedAt } from '@flotilla/contracts/access/permission-matrix.ts';
import { type Principal, principalName } from '@flotilla/contracts/access/principal.ts';
import { type RoleInForce, roleInForce, type RoleUser } from '@flotilla/contracts/access/role-in-force.ts';
import { readRecord } from '@flotilla/contracts/records/read-record.ts';
import { agentRoleResource } from '@flotilla/contracts/resources/agent-role.ts';
import { API_GROUP, type ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { nearestName } from '@flotilla/contracts/resources/nearest-name.ts';
import { type PermissionsStatus, permissionsStatusSchema } from '@flotilla/contracts/resources/permissions-status.ts';
import { portfolioResource } from '@flotilla/contracts/resources/portfolio.ts';
import { strategyResource } from '@flotilla/contracts/resources/strategy.ts';
import { kubectlJson } from '../cluster/kubectl.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { formatTable } from '../print/table.ts';
import { CliError } from '../session/cli-error.ts';
import { printJson, type Session } from '../session/session.ts';
import { readPersonRole } from './people.ts';

/** Names of principals that belong to no Strategy. */
const PRINCIPALS: Readonly<Record<string, Principal>> = {
  gateway: { role: 'Gateway' },
  normaliser: { role: 'Normaliser' },
  audit: { role: 'AuditWriter' },
  reader: { role: 'Reader' },
};
/** A table cell for a permission that the prober has not tried. */
const NOT_PROVEN = '-';
const TITLES = ['PLANE', 'MAY', 'ON', 'VERDICT', 'BY RULE', 'ENFORCED BY', 'LAST PROVEN'] as const;

export interface PermissionsOptions {
  /** `exec/<portfolio>`, `person/<name>`, `gateway`, `normaliser`, `audit` or `reader`, instead of a Strategy. */
  readonly principal?: string;
}

interface Subject {
  readonly principal: Principal;
  readonly role: RoleInForce | undefined;
  readonly instruments: readonly string[];
  /** The last probe of the operator, from the status of the object. */
  readonly proof: PermissionsStatus | undefined;
}

/** @throws CliError when the Strategy or the principal does not exist, or when not exactly one of both is given. */
export async function showPermissions(session: Session, strategy: string | undefined, { principal }: PermissionsOptions): Promise<void> {
  if ((strategy === undefined) === (principal === undefined)) {
    throw new CliError('expected the name of a Strategy, or --principal', { exitCode: EXIT_CODES.USAGE });
  }
  const subject = strategy === undefined ? await readPrincipal(session, principal ?? '') : await readStrategy(session, strategy);
  const { role, instruments } = subject;
  const compiled = compileRole(role, subject.principal, instruments);
  const cells = permissionMatrix(compiled, compileRole(undefined, subject.principal, instruments), role);
  const proven = provenTimes(subject.proof);
  const refusal = role?.ok === false ? role.message : undefined;
  if (session.output === 'json') {
    const permissions = cells.map(({ probedAt, ...cell }) => ({ ...cell, lastProven: (probedAt && proven[probedAt]) ?? null }));
    printJson(session, { principal: principalName(subject.principal), role: role?.name ?? null, refusal: refusal ?? null, permissions });
    return;
  }
  if (refusal !== undefined) session.terminal.note(session.terminal.style.warn(`No agent runs: ${refusal}`));
  for (const leak of describeLeaks(subject.proof)) session.terminal.note(session.terminal.style.bad(leak));
  const network = describeNetwork(subject.proof?.network);
  if (network !== undefined) session.terminal.note(session.terminal.style.warn(network));
  session.terminal.print(formatCells(cells, proven, session));
}

type ProvenTimes = Readonly<Partial<Record<ProbedAt, string>>>;

/** A probe that found a leak has proven nothing. */
function provenTimes(proof: PermissionsStatus | undefined): ProvenTimes {
  const timeOf = (one: { readonly leakCount: number; readonly provenAt: string } | undefined): string | undefined =>
    one?.leakCount === 0 ? one.provenAt : undefined;
  const [bus, apiServer] = [timeOf(proof), timeOf(proof?.apiServer)];
  return { ...(bus === undefined ? {} : { bus }), ...(apiServer === undefined ? {} : { apiServer }), ...networkTimes(proof?.network) };
}

/** The addresses that the pod tried. A pod that reached one forbidden address has proven nothing of the others. */
function networkTimes(network: PermissionsStatus['network']): ProvenTimes {
  const { state, denied = [], provenAt } = network ?? {};
  if (state !== 'Holds' || provenAt === undefined) return {};
  return Object.fromEntries(['bus', ...denied].map((name) => [`network:${name}`, provenAt]));
}

/** Nothing is said while the network holds, and before the operator looked for a report. */
function describeNetwork(network: PermissionsStatus['network']): string | undefined {
  if (network === undefined || network.state === 'Holds' || network.state === 'Leaks') return undefined;
  return `Network: ${network.message}`;
}

function describeLeaks(proof: PermissionsStatus | undefined): readonly string[] {
  const [subjectCount, requestCount] = [proof?.leakCount ?? 0, proof?.apiServer?.leakCount ?? 0];
  const reached = proof?.network?.reached ?? [];
  const see = 'see the condition PermissionsEnforced';
  return [
    ...(subjectCount > 0 ? [`The last probe reached ${subjectCount} forbidden subjects: ${see}`] : []),
    ...(reached.length > 0 ? [`The pod reached forbidden addresses: ${reached.join(', ')}: ${see}`] : []),
    ...(requestCount > 0 ? [`The API server would allow ${requestCount} forbidden requests: ${see}`] : []),
  ];
}

function formatCells(cells: readonly PermissionCell[], proven: ProvenTimes, { terminal: { style } }: Session): string {
  const rows = cells.map(({ plane, may, on, verdict, rule, enforcedBy, probedAt }) => [
    plane,
    may,
    on,
    verdict === 'allowed' ? style.good(verdict) : style.bad(verdict),
    rule,
    enforcedBy,
    (probedAt && proven[probedAt]) ?? NOT_PROVEN,
  ]);
  return formatTable(
    TITLES.map((title) => ({ title })),
    rows,
    style,
  );
}

async function readStrategy(session: Session, name: string): Promise<Subject> {
  const strategies = await list(session, strategyResource.plural);
  const strategy = strategies.find(({ metadata }) => metadata.name === name);
  if (strategy === undefined) throw notFound(session, 'Strategy', name, strategies);
  const roles = await list(session, agentRoleResource.plural);
  const spec = strategy.spec as RoleUser & { readonly portfolioRef?: { readonly name?: string } };
  return {
    principal: { role: 'SignalAgent', portfolio: spec.portfolioRef?.name ?? '', strategy: name },
    role: roleInForce(spec, (role) => roles.find(({ metadata }) => metadata.name === role)),
    instruments: Array.isArray(spec.instruments) ? spec.instruments.filter((one) => typeof one === 'string') : [],
    proof: proofOf(strategy),
  };
}

async function readPrincipal(session: Session, name: string): Promise<Subject> {
  const fixed = Object.hasOwn(PRINCIPALS, name) ? PRINCIPALS[name] : undefined;
  if (fixed !== undefined) return { principal: fixed, role: undefined, instruments: [], proof: undefined };
  const [kind, portfolio] = name.split('/');
  if (kind === 'person' && portfolio !== undefined) {
    const personRole = await readPersonRole(session, portfolio);
    return { principal: { role: 'Person', person: portfolio, personRole }, role: undefined, instruments: [], proof: undefined };
  }
  if (kind !== 'exec' || portfolio === undefined || portfolio === '') {
    const known = ['exec/<portfolio>', 'person/<name>', ...Object.keys(PRINCIPALS)].join(', ');
    throw new CliError(`expected --principal ${known}, found ${name}`, { exitCode: EXIT_CODES.USAGE });
  }
  const portfolios = await list(session, portfolioResource.plural);
  const object = portfolios.find(({ metadata }) => metadata.name === portfolio);
  if (object === undefined) throw notFound(session, 'Portfolio', portfolio, portfolios);
  return { principal: { role: 'Exec', portfolio }, role: undefined, instruments: [], proof: proofOf(object) };
}

/** Undefined before the first probe, and for a status of another version. */
function proofOf({ status }: ResourceObject): PermissionsStatus | undefined {
  const read = readRecord(permissionsStatusSchema, (status as { readonly permissions?: unknown } | undefined)?.permissions);
  return read.ok ? read.value : undefined;
}

async function list({ context }: Session, plural: string): Promise<readonly ResourceObject[]> {
  const args = ['get', `${plural}.${API_GROUP}`, '--namespace', context.namespace];
  const { items } = await kubectlJson<{ readonly items: readonly ResourceObject[] }>(context, args);
  return items;
}

function notFound({ context }: Session, kind: string, name: string, objects: readonly ResourceObject[]): CliError {
  const names = objects.map(({ metadata }) => metadata.name);
  const nearest = nearestName(name, names);
  const known = names.length === 0 ? `The namespace has no ${kind}.` : `The namespace has: ${names.toSorted().join(', ')}.`;
  return new CliError(`no ${kind} ${name} in namespace ${context.namespace}`, {
    hint: nearest === undefined ? known : `Did you mean ${nearest}?`,
  });
}
