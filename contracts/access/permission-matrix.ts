/**
 * The permissions of a principal as a table, for `flotilla permissions`: what it may do, and the denials that matter. Every verdict is computed from
 * the compiled role. Pure.
 */
import { API_DENIALS } from './api-denials.ts';
import { agentConsumer, auditConsumer, execConsumer, normaliserConsumer } from '../bus/consumers.ts';
import { BUCKETS, keys } from '../bus/buckets.ts';
import { type BusRights, busRights } from './bus-rights.ts';
import { BUS_TOKEN_AUDIENCE, NORMALISER_TOKEN_AUDIENCE } from './bus-token.ts';
import type { CompiledRole, NetworkServer } from './compile-role.ts';
import { describeRights } from './describe-rights.ts';
import { METADATA_ADDRESS, type NetworkTarget } from './network-targets.ts';
import type { Principal } from './principal.ts';
import type { RoleInForce } from './role-in-force.ts';
import type { StoreUser } from './store-users.ts';
import { matchesSubject } from './subject-match.ts';

export interface PermissionCell {
  readonly plane: 'bus' | 'store' | 'kubernetes' | 'network';
  /** A verb phrase: `publishes`, `writes keys`. */
  readonly may: string;
  /** Subject, key, resource or host, with the wildcards of its plane. */
  readonly on: string;
  readonly verdict: 'allowed' | 'denied';
  /** The role that decides: a built-in role, or an AgentRole. */
  readonly rule: string;
  readonly enforcedBy: string;
  /**
   * The server that the prober of the operator tries permissions of this kind against (ADR 0079, ADR 0097), or the address that the pod of the
   * principal tries (ADR 0112). Undefined: no probe tries them.
   */
  readonly probedAt: ProbedAt | undefined;
}

export type ProbedAt = 'bus' | 'apiServer' | NetworkProbe;
/** `network:bus` is the address that the pod must reach. */
export type NetworkProbe = `network:${NetworkTarget | 'bus'}`;

/** The public key of the core account decides this token of long acknowledgement subjects. */
const CORE_HASH = '<hash>';
/** Stands for another portfolio or strategy. No object has such a name, so it matches nothing by accident. */
const OTHER = '_other_';

/** The prober asks no other principal and answers none, and a pull of a new consumer has no answer. */
const NOT_PROBED: ReadonlySet<string> = new Set(['answers', 'asks', 'takes messages']);

const BY_ACCOUNT = 'its account at the bus';
const BY_TRIPWIRE = 'its account, which keeps evidence';
const BY_FILTER = 'filter of its consumer';
const BY_ACL = 'ACL of its Redis user';
const BY_AUTHORIZER = 'authorizer of the API server';
const BY_POLICY = 'NetworkPolicy of its pods';

/**
 * @param role what `roleInForce` gave to `compileRole`
 * @param builtIn what `compileRole` gives without a role: what differs is the work of the AgentRole
 */
export function permissionMatrix(compiled: CompiledRole, builtIn: CompiledRole, role: RoleInForce | undefined): readonly PermissionCell[] {
  const names = { builtIn: builtInName(compiled.bus.principal), role: role === undefined ? '' : `AgentRole ${role.name}` };
  return [
    ...busCells(compiled, builtIn, names).map((cell) => ({ ...cell, probedAt: NOT_PROBED.has(cell.may) ? undefined : ('bus' as const) })),
    ...apiCells(names.builtIn).map((cell) => ({ ...cell, probedAt: 'apiServer' as const })),
    ...[
      ...signalCells(compiled, builtIn, names),
      ...storeCells(compiled.store, names.builtIn),
      ...tokenCells(compiled.bus.principal, names.builtIn),
    ].map((cell) => ({ ...cell, probedAt: undefined })),
    ...networkCells(compiled, names),
  ];
}

function builtInName(principal: Principal): string {
  return principal.role === 'Person' ? `role ${principal.personRole} of people` : `built-in ${principal.role}`;
}

type Cell = Omit<PermissionCell, 'probedAt'>;

interface RuleNames {
  readonly builtIn: string;
  readonly role: string;
}

function busCells(compiled: CompiledRole, builtIn: CompiledRole, names: RuleNames): readonly Cell[] {
  const rights = busRights(compiled.bus.principal, CORE_HASH);
  const all = busRights(builtIn.bus.principal, CORE_HASH);
  const bus = { plane: 'bus', enforcedBy: BY_ACCOUNT } as const;
  const kept = new Set(describeRights(all).map(({ subject }) => subject));
  const left = new Set(describeRights(rights).map(({ subject }) => subject));
  return [
    ...describeRights(rights).map(({ action, subject }): Cell => {
      const rule = kept.has(subject) ? names.builtIn : names.role;
      return { ...bus, may: action, on: subject, verdict: 'allowed', rule };
    }),
    ...describeRights(all)
      .filter(({ subject }) => !left.has(subject))
      .map(({ action, subject }): Cell => ({ ...bus, may: action, on: subject, verdict: 'denied', rule: names.role })),
    ...attemptsOf(compiled.bus.principal)
      .filter(({ kind, subject }) => !isGranted(rights, kind, subject))
      .map(({ may, kind, subject }): Cell => {
        const isKept = kind === 'publish' && rights.trip.some((pattern) => matchesSubject(pattern, subject));
        return { ...bus, may, on: shown(subject), verdict: 'denied', rule: names.builtIn, enforcedBy: isKept ? BY_TRIPWIRE : BY_ACCOUNT };
      }),
  ];
}

interface Attempt {
  readonly may: string;
  readonly kind: 'publish' | 'hear';
  /** Without wildcards, so that the rights can be held against it. */
  readonly subject: string;
}

/** Attempts that harm other principals most. Those that the principal may do are left out of its denials. */
function attemptsOf(principal: Principal): readonly Attempt[] {
  const portfolio = 'portfolio' in principal ? principal.portfolio : OTHER;
  const strategy = principal.role === 'SignalAgent' ? principal.strategy : OTHER;
  const foreign = agentConsumer(portfolio, OTHER, []);
  const publish = (may: string, ...subjects: readonly string[]): readonly Attempt[] =>
    subjects.map((subject) => ({ may, kind: 'publish', subject }));
  const key = (bucket: keyof typeof BUCKETS, name: string): string => `$KV.${BUCKETS[bucket].name}.${name}`;
  const consumers = [foreign, execConsumer(portfolio), normaliserConsumer(), auditConsumer('DECISIONS')];
  return [
    ...publish('writes the halt record', key('CONTROL', keys.halt(portfolio))),
    ...publish('writes the configuration of exec', key('CONFIG', keys.execConfig(portfolio))),
    ...publish('admits another principal', key('PRINCIPALS', keys.admission(OTHER, OTHER))),
    ...publish('reports in the name of the gateway', key('STATUS', keys.gatewayStatus(OTHER))),
    ...publish('reports in the name of exec', key('STATUS', keys.execStatus(portfolio))),
    ...publish('reports in the name of another agent', key('STATUS', keys.agentStatus(portfolio, OTHER))),
    ...publish('writes the checkpoint of another agent', key('CHECKPOINTS', keys.checkpoint(portfolio, OTHER))),
    ...publish(
      'reads the checkpoint of another agent',
      `$JS.API.DIRECT.GET.KV_${BUCKETS.CHECKPOINTS.name}.${key('CHECKPOINTS', keys.checkpoint(portfolio, OTHER))}`,
    ),
    ...publish('writes the checkpoint of another exec', key('EXEC_CHECKPOINTS', keys.execCheckpoint(OTHER, 0, 'head'))),
    ...publish(
      'reads the checkpoint of another exec',
      `$JS.API.DIRECT.GET.KV_${BUCKETS.EXEC_CHECKPOINTS.name}.${key('EXEC_CHECKPOINTS', keys.execCheckpoint(OTHER, 0, 'head'))}`,
    ),
    ...publish('publishes decisions of another strategy', `decisions.order_intent.${portfolio}.${OTHER}`),
    ...publish('publishes executions', `executions.fill.${portfolio}.${strategy}`, `executions.epoch.${portfolio}`),
    ...publish('publishes raw signals', `signals.raw.${OTHER}`),
    ...publish('publishes normalized signals', `signals.normalized.${OTHER}.${OTHER}`),
    ...publish('publishes audit events', `audit.event.${portfolio}`),
    ...consumers.flatMap(({ stream, name }) => publish('takes messages of another', `$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`)),
    // Both forms of an acknowledgement.
    ...consumers
      .slice(0, 2)
      .flatMap(({ stream, name }) =>
        publish('acknowledges for another', `$JS.ACK.${stream}.${name}.1`, `$JS.ACK._.${CORE_HASH}.${stream}.${name}.1`),
      ),
    ...publish('creates consumers', `$JS.API.CONSUMER.CREATE.SIGNALS.${OTHER}`),
    ...publish('deletes consumers', `$JS.API.CONSUMER.DELETE.DECISIONS.${execConsumer(portfolio).name}`),
    ...publish('deletes streams', '$JS.API.STREAM.DELETE.EXECUTIONS'),
    ...publish('purges streams', '$JS.API.STREAM.PURGE.DECISIONS'),
    ...publish('changes streams', '$JS.API.STREAM.UPDATE.EXECUTIONS'),
    ...publish('deletes messages', '$JS.API.STREAM.MSG.DELETE.EXECUTIONS'),
    ...publish('starts a replay of recorded signals', `control.replay.${OTHER}`),
    ...publish('changes accounts of the bus', '$SYS.REQ.CLAIMS.UPDATE'),
    { may: 'hears', kind: 'hear', subject: `executions.fill.${portfolio}.${OTHER}` },
  ];
}

function shown(subject: string): string {
  return subject.replaceAll(OTHER, '<other>');
}

/** Whether one of the rights matches the subject. */
function isGranted({ publish, hear, ask }: BusRights, kind: 'publish' | 'hear', subject: string): boolean {
  return (kind === 'publish' ? [...publish, ...ask] : hear).some((pattern) => matchesSubject(pattern, subject));
}

/** Signals that the consumer of an agent delivers. */
function signalCells(compiled: CompiledRole, builtIn: CompiledRole, names: RuleNames): readonly Cell[] {
  if (builtIn.bus.consumer === undefined) return [];
  const signals = { plane: 'bus', may: 'receives', enforcedBy: BY_FILTER } as const;
  const { filterSubjects = [] } = compiled.bus.consumer ?? {};
  const all = builtIn.bus.consumer.filterSubjects;
  const lost = all.filter((subject) => !filterSubjects.includes(subject));
  return [
    ...filterSubjects.map((on): Cell => {
      return { ...signals, on, verdict: 'allowed', rule: all.includes(on) ? names.builtIn : names.role };
    }),
    // `*` of a venue stands for the venues that the rows above do not name.
    ...lost.map((on): Cell => ({ ...signals, on: otherVenue(on), verdict: 'denied', rule: names.role })),
    { ...signals, on: 'signals.normalized.*.<other>', verdict: 'denied', rule: names.builtIn },
  ];
}

function otherVenue(subject: string): string {
  return subject.replace('.*.', '.<other>.');
}

function storeCells(user: StoreUser | undefined, rule: string): readonly Cell[] {
  const store = { plane: 'store', rule, enforcedBy: BY_ACL } as const;
  if (user === undefined) {
    return [{ ...store, may: 'connects', on: '*', verdict: 'denied', enforcedBy: 'Redis, which has no user for it' }];
  }
  const patterns = user.rules.filter((one) => one.startsWith('~')).map((one) => one.slice(1));
  const commands = user.rules.filter((one) => one.startsWith('+')).map((one) => one.slice(1).toUpperCase());
  return [
    ...patterns.map((on): Cell => ({ ...store, may: commands.join(', '), on, verdict: 'allowed' })),
    { ...store, may: 'reads and writes other keys', on: '*', verdict: 'denied' },
    ...['KEYS', 'FLUSHALL', 'ACL', 'CONFIG']
      .filter((command) => !commands.includes(command))
      .map((command): Cell => ({ ...store, may: command, on: '*', verdict: 'denied' })),
  ];
}

/** Another token of the ServiceAccount, for the audience of the API server, meets these. */
function apiCells(rule: string): readonly Cell[] {
  return API_DENIALS.map(({ group, resource, verbs, where, names }): Cell => {
    const kind = group === '' ? resource : `${resource}.${group}`;
    const named = names === undefined ? kind : `${kind} ${names.join(', ')}`;
    const on = where === 'other namespaces' ? `${named} of other namespaces` : named;
    return { plane: 'kubernetes', may: verbs.join(', '), on, verdict: 'denied', rule, enforcedBy: BY_AUTHORIZER };
  });
}

function tokenCells({ role }: Principal, rule: string): readonly Cell[] {
  const enforcedBy = `API server: audience ${role === 'Normaliser' ? NORMALISER_TOKEN_AUDIENCE : BUS_TOKEN_AUDIENCE}`;
  return [{ plane: 'kubernetes', may: 'calls the API server', on: '*', verdict: 'denied', rule, enforcedBy }];
}

const SERVERS: Readonly<Record<NetworkServer, string>> = {
  bus: 'NATS',
  store: 'Redis',
  telemetry: 'collector of traces, if one is set',
};

const TARGETS: Readonly<Record<NetworkTarget, string>> = {
  apiServer: 'API server',
  store: 'Redis',
  operator: 'health port of the operator',
  gateway: 'webhooks of the gateway',
  metadata: `metadata service of the cloud (${METADATA_ADDRESS})`,
};

function networkCells({ bus, network }: CompiledRole, names: RuleNames): readonly PermissionCell[] {
  const { builtIn: rule } = names;
  const reach = { plane: 'network', may: 'connects', rule, enforcedBy: BY_POLICY, probedAt: undefined } as const;
  // The command line of people runs outside of the cluster.
  if (bus.principal.role === 'Reader' || bus.principal.role === 'Person') return [];
  return [
    ...network.servers.map((server): PermissionCell => {
      return { ...reach, on: SERVERS[server], verdict: 'allowed', probedAt: server === 'bus' ? 'network:bus' : undefined };
    }),
    { ...reach, on: 'DNS of the cluster', verdict: 'allowed' },
    ...network.hosts.map(({ cidr, ports }): PermissionCell => {
      return { ...reach, on: `${cidr} port ${ports.join(', ')}`, verdict: 'allowed', rule: names.role };
    }),
    ...network.denied.map((target): PermissionCell => ({
      ...reach,
      on: TARGETS[target],
      verdict: 'denied',
      probedAt: `network:${target}`,
    })),
    { ...reach, on: 'every other address', verdict: 'denied' },
  ];
}
