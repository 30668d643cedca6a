/**
 * The permission matrix of the bus: the rights of each principal, as data. Every account of the bus is made from them.
 *
 * Every right that is not listed is denied. Each principal has an account of its own. The account imports the subjects listed here from the core
 * account, which owns the streams. No other subject of the core account reaches the principal's account. Permissions of users inside one account would
 * not suffice, because the server does not check the reply subject of a publication. The operator alone lives in the core account, because the
 * operator creates streams and consumers. No principal may delete, purge or edit stored messages.
 *
 * A subject on which a principal stores messages contains a wildcard. With an import without a wildcard, a pull whose reply subject is the own import
 * would store a message under a foreign subject.
 */
import { consumerToken } from '../bus/poison-token.ts';
import { STREAMS, type StreamName } from '../bus/streams.ts';
import { agentConsumer, execConsumer, normaliserConsumer } from '../bus/consumers.ts';
import { FENCE_SUBJECT } from '../bus/fence-subject.ts';
import { BUCKETS, type BucketName } from '../bus/buckets.ts';
import type { Publications } from '../resources/agent-role.ts';
import { quarantinedSubject } from './core-account.ts';
import type { Principal } from './principal.ts';

/** Rights of one principal at the bus. Wildcards are those of NATS subjects. */
export interface BusRights {
  /** Subjects of the core account on which the principal publishes: messages and keys, acknowledgements, requests to JetStream. */
  readonly publish: readonly string[];
  /** Subjects of stored messages that the bus pushes to the principal (`pushSubject` of `core-account.ts`). */
  readonly hear: readonly string[];
  /** Subjects of requests that the principal answers. */
  readonly answer: readonly string[];
  /** Subjects of requests that the principal makes. */
  readonly ask: readonly string[];
  /**
   * Subjects that the principal has no right to, and whose publications are kept as evidence: its account imports the quarantine under these names.
   * Whatever the principal makes the server send there, by a reply subject too, is stored in QUARANTINE and nowhere else.
   */
  readonly trip: readonly string[];
}

type SignalAgent = Extract<Principal, { readonly role: 'SignalAgent' }>;

const EXEC_ALIVE = 'control.exec_alive';
const EXEC_SNAPSHOT = 'query.exec';
const REPLAY = 'control.replay.*';
const STREAM_NAMES = Object.keys(STREAMS) as readonly StreamName[];

/**
 * Rights of a principal in its own account.
 *
 * @param coreHash the core account's part of long acknowledgement subjects, by `accountHash`
 */
export function busRights(principal: Principal, coreHash: string): BusRights {
  switch (principal.role) {
    case 'Gateway':
      return principal.normalises === true ? undividedGatewayRights(coreHash) : GATEWAY_RIGHTS;
    case 'Normaliser':
      return normaliserRights(coreHash);
    case 'SignalAgent':
      return agentRights(principal, coreHash);
    case 'Exec':
      return execRights(principal.portfolio, coreHash);
    case 'AuditWriter':
      return auditRights(coreHash);
    case 'Reader':
      return readerRights([REPLAY]);
    case 'Person':
      return readerRights(principal.personRole === 'Replayer' ? [REPLAY] : []);
    default:
      return principal satisfies never;
  }
}

const GATEWAY_RIGHTS: BusRights = {
  publish: [
    'signals.raw.*',
    // A replay that continues proves which of its rows are stored. Both rights to read cover the whole stream.
    readBatches('SIGNALS'),
    readLeader('SIGNALS'),
    ...writeKey('STATUS', 'gateway.*.*'),
  ],
  hear: [],
  answer: [REPLAY],
  ask: [],
  trip: tripwires(['signals.normalized', 'decisions', 'executions', 'audit']),
};

/** Rights of the operator's user in the core account itself: the control plane creates streams and consumers there, and writes configuration. */
export const CORE_RIGHTS: BusRights = {
  publish: [
    ...STREAM_NAMES.flatMap(manageStream),
    ...Object.values(BUCKETS).flatMap(({ name }) => manageStream(`KV_${name}`)),
    // One subject for all streams: the operator shows its rights in the line that opens a connection, of which the server takes 4,096 bytes.
    '$JS.API.STREAM.INFO.*',
    ...STREAM_NAMES.flatMap(manageConsumers),
    ...(['CONFIG', 'CONTROL', 'PRINCIPALS'] as const).flatMap((bucket) => writeKey(bucket, '>')),
    readLeader('KV_CONFIG'),
    readLeader('KV_CONTROL'),
    readLeader('KV_PRINCIPALS'),
    ...readKey('STATUS', '>'),
    // Reads all reports, and all principals, at once after each connection.
    '$JS.API.DIRECT.GET.KV_STATUS',
    '$JS.API.DIRECT.GET.KV_PRINCIPALS',
    'audit.event.*',
    // Reads up to which sequence decisions of an agent may be in flight whose right to publish was taken away.
    FENCE_SUBJECT,
    readLeader('DECISIONS'),
  ],
  hear: [watchKey('CONFIG', '>'), watchKey('CONTROL', '>'), watchKey('STATUS', '>'), 'quarantine.>'],
  answer: [],
  ask: [],
  trip: [],
};

/** Rights of the callout in the account that admits connections: the callout looks a ServiceAccount up, and nothing else. */
export const CALLOUT_RIGHTS: BusRights = {
  publish: readKey('PRINCIPALS', '>'),
  hear: [],
  answer: ['$SYS.REQ.USER.AUTH'],
  ask: [],
  trip: [],
};

function normaliserRights(coreHash: string): BusRights {
  const { name } = normaliserConsumer();
  return {
    publish: ['signals.normalized.*.*', `poison.*.${consumerToken(name)}`, ...consume('SIGNALS', name, 'INFO', coreHash)],
    hear: [],
    answer: [],
    ask: [],
    trip: tripwires(['signals.raw', 'decisions', 'executions', 'audit']),
  };
}

/** What the gateway and the normaliser of a version before ADR 0114 need, which share one connection. */
function undividedGatewayRights(coreHash: string): BusRights {
  return {
    ...GATEWAY_RIGHTS,
    publish: [
      ...GATEWAY_RIGHTS.publish,
      ...normaliserRights(coreHash).publish,
      ...readStream('SIGNALS').filter((subject) => !GATEWAY_RIGHTS.publish.includes(subject)),
      ...readKey('STATUS', 'gateway.*.*'),
    ],
    trip: tripwires(['decisions', 'executions', 'audit']),
  };
}

function agentRights({ portfolio, strategy, publications }: SignalAgent, coreHash: string): BusRights {
  const { name } = agentConsumer(portfolio, strategy, []);
  return {
    publish: [
      ...publishDecisions(name, `${portfolio}.${strategy}`, publications),
      `poison.*.${consumerToken(name)}`,
      ...consume('SIGNALS', name, 'RESET', coreHash),
      ...readStream('SIGNALS'),
      ...readStream('DECISIONS'),
      ...readStream('EXECUTIONS'),
      // An agent that recovers proves that no replica hid a message from it. Both rights to read cover the whole stream.
      ...(['SIGNALS', 'DECISIONS', 'EXECUTIONS'] as const).map(readLeader),
      ...writeKey('STATUS', `agent.${portfolio}.${strategy}.*`),
      ...readKey('STATUS', `agent.${portfolio}.${strategy}.*`),
      ...writeKey('CHECKPOINTS', `${portfolio}.${strategy}.*`),
      ...readKey('CHECKPOINTS', `${portfolio}.${strategy}.*`),
    ],
    // Agents learn of their own orders at once.
    hear: [`executions.order.${portfolio}.${strategy}`, `executions.fill.${portfolio}.${strategy}`],
    answer: [],
    ask: [],
    trip: tripwires(['signals', 'executions', 'audit']),
  };
}

/** @param owner tokens of the portfolio and the strategy */
function publishDecisions(name: string, owner: string, publications: Publications = 'Deliver'): readonly string[] {
  switch (publications) {
    case 'Deliver':
      return [`decisions.*.${owner}`];
    case 'Proposals':
      // One token longer than the stored subject, so that the import has a wildcard and names its kind.
      return [`decisions.proposal.${owner}.*`];
    case 'Quarantine':
      return [quarantinedSubject(consumerToken(name), `decisions.*.${owner}`)];
    case 'Nothing':
      return [];
    default:
      return publications satisfies never;
  }
}

function execRights(portfolio: string, coreHash: string): BusRights {
  const { name } = execConsumer(portfolio);
  return {
    publish: [
      `executions.*.${portfolio}.*`,
      `executions.*.${portfolio}`,
      `poison.*.${consumerToken(name)}`,
      ...consume('DECISIONS', name, 'RESET', coreHash),
      ...readStream('EXECUTIONS'),
      ...readStream('DECISIONS'),
      ...readStream('SIGNALS'),
      // exec reads from the leader what decides on money or on a halt. The right to read from the leader covers the whole stream.
      readLeader('EXECUTIONS'),
      readLeader('KV_CONFIG'),
      readLeader('KV_CONTROL'),
      ...writeKey('STATUS', `exec.${portfolio}.*`),
      ...readKey('STATUS', `exec.${portfolio}.*`),
      ...writeKey('EXEC_CHECKPOINTS', `${portfolio}.*.*`),
      ...readKey('EXEC_CHECKPOINTS', `${portfolio}.*.*`),
    ],
    hear: ['signals.normalized.*.*', watchKey('CONFIG', `exec.${portfolio}`), watchKey('CONTROL', `halt.${portfolio}`)],
    answer: [`${EXEC_ALIVE}.${portfolio}`, `${EXEC_SNAPSHOT}.${portfolio}`],
    // A second instance asks whether the first one is alive.
    ask: [`${EXEC_ALIVE}.${portfolio}`],
    trip: tripwires(['signals', 'decisions', 'audit']),
  };
}

function auditRights(coreHash: string): BusRights {
  return {
    publish: [
      ...STREAM_NAMES.flatMap((stream) => [...consume(stream, 'audit', 'RESET', coreHash), ...readStream(stream), readLeader(stream)]),
      'poison.*.audit',
      // The newest checkpoint, kept as a witness outside of the log's folder.
      ...writeKey('STATUS', 'audit.*'),
    ],
    hear: [],
    answer: [],
    ask: [],
    trip: tripwires(['signals', 'decisions', 'executions', 'audit']),
  };
}

/** @param ask requests beside the one for the ledger of an exec */
function readerRights(ask: readonly string[]): BusRights {
  return {
    publish: [...STREAM_NAMES.flatMap(readStream), ...readKey('CONFIG', '>'), ...readKey('CONTROL', '>'), ...readKey('STATUS', '>')],
    hear: [watchKey('CONTROL', '>'), watchKey('STATUS', '>')],
    answer: [],
    ask: [`${EXEC_SNAPSHOT}.*`, ...ask],
    trip: tripwires(['signals', 'decisions', 'executions', 'audit']),
  };
}

/** Configuration, halts and principals, which the operator alone writes; and streams that the role does not write. Disjoint from the role's own imports. */
function tripwires(prefixes: readonly string[]): readonly string[] {
  return [
    ...(['CONFIG', 'CONTROL', 'PRINCIPALS'] as const).flatMap((bucket) => writeKey(bucket, '>')),
    ...prefixes.map((prefix) => `${prefix}.>`),
  ];
}

/** Creates and updates a stream; no deletion, no purge. */
function manageStream(name: string): readonly string[] {
  return [`$JS.API.STREAM.CREATE.${name}`, `$JS.API.STREAM.UPDATE.${name}`];
}

function manageConsumers(stream: StreamName): readonly string[] {
  return [`$JS.API.CONSUMER.CREATE.${stream}.*`, `$JS.API.CONSUMER.INFO.${stream}.*`, `$JS.API.CONSUMER.DELETE.${stream}.*`];
}

/** `RESET` is for a consumer with one reader, which begins again with the first message that was not acknowledged. */
function consume(stream: StreamName, consumer: string, opening: 'INFO' | 'RESET', coreHash: string): readonly string[] {
  return [
    `$JS.API.CONSUMER.INFO.${stream}.${consumer}`,
    ...(opening === 'RESET' ? [`$JS.API.CONSUMER.RESET.${stream}.${consumer}`] : []),
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
    // Acknowledgements have two forms: one with the domain (`_`: none) and the hash of the account, one without. Both are written out, because a
    // wildcard for domain and account would also match acknowledgements of other streams in the short form.
    `$JS.ACK.${stream}.${consumer}.>`,
    `$JS.ACK._.${coreHash}.${stream}.${consumer}.>`,
  ];
}

/** Rights to read batches of the whole stream, and the last message on a subject. */
function readStream(stream: StreamName): readonly string[] {
  return [readBatches(stream), `$JS.API.DIRECT.GET.${stream}.>`];
}

function readBatches(stream: StreamName): string {
  return `$JS.API.DIRECT.GET.${stream}`;
}

/** Right to read single messages of a stream, or of the stream of a bucket, from its leader. */
function readLeader(stream: StreamName | `KV_${BucketName}`): string {
  return `$JS.API.STREAM.MSG.GET.${stream}`;
}

function readKey(bucket: BucketName, key: string): readonly string[] {
  return [`$JS.API.DIRECT.GET.KV_${BUCKETS[bucket].name}.$KV.${BUCKETS[bucket].name}.${key}`];
}

function writeKey(bucket: BucketName, key: string): readonly string[] {
  return [`$KV.${BUCKETS[bucket].name}.${key}`];
}

function watchKey(bucket: BucketName, key: string): string {
  return `$KV.${BUCKETS[bucket].name}.${key}`;
}
