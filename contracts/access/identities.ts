/**
 * The permission matrix: the rights of each identity at the bus and at the store, as data. Every configuration of NATS and Redis is made from it.
 *
 * Every right that is not listed is denied. Each identity has an account of its own at the bus. The account imports the subjects listed here from
 * the core account, which owns the streams. No other subject of the core account reaches the identity's account. Permissions of users inside one
 * account would not suffice, because the server does not check the reply subject of a publication. The operator alone lives in the core account,
 * because the operator creates streams and consumers. No identity may delete, purge or edit stored messages.
 */
import { ACCOUNT_HASH } from './core-account.ts';
import { BUCKETS, type BucketName, STREAMS, type StreamName } from '../bus/streams.ts';

export const IDENTITY_NAMES = ['operator', 'gateway', 'agents', 'exec', 'audit', 'cli'] as const;
export type IdentityName = (typeof IDENTITY_NAMES)[number];

/** Rights of one identity at the bus. Wildcards are those of NATS subjects. */
export interface BusRights {
  /** Subjects of the core account on which the identity publishes: messages and keys, acknowledgements, requests to JetStream. */
  readonly publish: readonly string[];
  /**
   * Exceptions from `publish`. A NATS wildcard stands for a whole token, so a wildcard in `publish` may match consumers of others. The exceptions are
   * permissions of the user; the account of the identity imports the wildcard whole.
   */
  readonly publishDeny: readonly string[];
  /** Subjects of stored messages that the bus pushes to the identity (`pushSubject` of `core-account.ts`). */
  readonly hear: readonly string[];
  /** Subjects of requests that the identity answers. */
  readonly answer: readonly string[];
  /** Subjects of requests that the identity makes. */
  readonly ask: readonly string[];
}

/** A Redis ACL: `-@all` plus these commands, on these key patterns, no channels. */
export interface StoreRights {
  readonly keyPatterns: readonly string[];
  readonly commands: readonly string[];
}

export interface Identity {
  readonly bus: BusRights;
  /** Absent: the identity has no user at the store. */
  readonly store?: StoreRights;
}

/** Consumers of SIGNALS that do not belong to agents. */
const FOREIGN_TO_AGENTS = ['gateway-normaliser', 'audit'] as const;
/** Consumers of DECISIONS that do not belong to execs. */
const FOREIGN_TO_EXEC = ['audit'] as const;
const EXEC_ALIVE = 'control.exec_alive.*';
const EXEC_SNAPSHOT = 'query.exec.*';
const REPLAY = 'control.replay.*';
const STREAM_NAMES = Object.keys(STREAMS) as readonly StreamName[];
/** Commands that every connection needs: `HELLO` and `PING`. */
const STORE_COMMANDS = ['hello', 'ping', 'get', 'set'] as const;

export const IDENTITIES: Readonly<Record<IdentityName, Identity>> = {
  operator: {
    bus: {
      publish: [
        ...STREAM_NAMES.flatMap(manageStream),
        ...Object.values(BUCKETS).flatMap(({ name }) => manageStream(`KV_${name}`)),
        ...STREAM_NAMES.flatMap(manageConsumers),
        ...writeKey('CONFIG', '>'),
        ...writeKey('CONTROL', '>'),
        readLeader('KV_CONFIG'),
        readLeader('KV_CONTROL'),
        // An operator of the previous version reads reports this way.
        ...readKey('CONFIG', '>'),
        ...readKey('CONTROL', '>'),
        ...readKey('STATUS', '>'),
        // Reads all reports at once, after each connection.
        '$JS.API.DIRECT.GET.KV_STATUS',
        'audit.event.*',
      ],
      publishDeny: [],
      hear: [watchKey('CONFIG', '>'), watchKey('CONTROL', '>'), watchKey('STATUS', '>')],
      answer: [],
      ask: [EXEC_ALIVE, EXEC_SNAPSHOT],
    },
  },
  gateway: {
    bus: {
      publish: [
        'signals.raw.*',
        'signals.normalized.*.*',
        'poison.*.gateway-normaliser',
        ...consume('SIGNALS', 'gateway-normaliser', 'INFO'),
        ...readStream('SIGNALS'),
        ...writeKey('STATUS', 'gateway.*'),
        ...readKey('STATUS', 'gateway.*'),
      ],
      publishDeny: [],
      hear: [],
      answer: [REPLAY],
      ask: [],
    },
    store: { keyPatterns: ['nonce:*'], commands: STORE_COMMANDS },
  },
  agents: {
    bus: {
      publish: [
        'decisions.proposal.*.*',
        'decisions.order_intent.*.*',
        'poison.SIGNALS.*',
        ...consume('SIGNALS', '*', 'RESET'),
        ...readStream('SIGNALS'),
        ...readStream('DECISIONS'),
        ...readStream('EXECUTIONS'),
        ...writeKey('STATUS', 'agent.*.*'),
        ...readKey('STATUS', 'agent.*.*'),
      ],
      publishDeny: FOREIGN_TO_AGENTS.flatMap((consumer) => [...consume('SIGNALS', consumer, 'RESET'), `poison.SIGNALS.${consumer}`]),
      // Agents learn of their own orders at once.
      hear: ['executions.order.*.*', 'executions.fill.*.*'],
      answer: [],
      ask: [],
    },
    store: { keyPatterns: ['checkpoint:*'], commands: STORE_COMMANDS },
  },
  exec: {
    bus: {
      publish: [
        'executions.order.*.*',
        'executions.fill.*.*',
        'executions.reconcile.*',
        'executions.epoch.*',
        'poison.DECISIONS.*',
        ...consume('DECISIONS', '*', 'RESET'),
        ...readStream('EXECUTIONS'),
        ...readStream('DECISIONS'),
        ...readStream('SIGNALS'),
        // exec reads from the leader what decides on money or on a halt. The right to read from the leader covers the whole stream.
        readLeader('EXECUTIONS'),
        readLeader('KV_CONFIG'),
        readLeader('KV_CONTROL'),
        // An exec of the previous version reads them this way.
        ...readKey('CONFIG', 'exec.*'),
        ...readKey('CONTROL', 'halt.*'),
        ...readKey('STATUS', 'exec.*'),
        ...writeKey('STATUS', 'exec.*'),
      ],
      publishDeny: FOREIGN_TO_EXEC.flatMap((consumer) => [...consume('DECISIONS', consumer, 'RESET'), `poison.DECISIONS.${consumer}`]),
      hear: ['signals.normalized.*.*', watchKey('CONFIG', 'exec.*'), watchKey('CONTROL', 'halt.*')],
      answer: [EXEC_ALIVE, EXEC_SNAPSHOT],
      // A second instance asks whether the first one is alive.
      ask: [EXEC_ALIVE],
    },
  },
  audit: {
    bus: {
      publish: [
        ...STREAM_NAMES.flatMap((stream) => [...consume(stream, 'audit', 'RESET'), ...readStream(stream)]),
        'poison.*.audit',
        // The newest checkpoint, kept as a witness outside of the log's folder.
        ...writeKey('STATUS', 'audit.*'),
      ],
      publishDeny: [],
      hear: [],
      answer: [],
      ask: [],
    },
  },
  cli: {
    bus: {
      publish: [...STREAM_NAMES.flatMap(readStream), ...readKey('CONFIG', '>'), ...readKey('CONTROL', '>'), ...readKey('STATUS', '>')],
      publishDeny: [],
      hear: [watchKey('CONTROL', '>'), watchKey('STATUS', '>')],
      answer: [],
      ask: [EXEC_SNAPSHOT, REPLAY],
    },
  },
};

/** Creates, updates and looks at a stream; no deletion, no purge. */
function manageStream(name: string): readonly string[] {
  return [`$JS.API.STREAM.CREATE.${name}`, `$JS.API.STREAM.UPDATE.${name}`, `$JS.API.STREAM.INFO.${name}`];
}

function manageConsumers(stream: StreamName): readonly string[] {
  return [`$JS.API.CONSUMER.CREATE.${stream}.*`, `$JS.API.CONSUMER.INFO.${stream}.*`, `$JS.API.CONSUMER.DELETE.${stream}.*`];
}

/** `RESET` is for a consumer with one reader, which begins again with the first message that was not acknowledged. */
function consume(stream: StreamName, consumer: string, opening: 'INFO' | 'RESET'): readonly string[] {
  return [
    `$JS.API.CONSUMER.INFO.${stream}.${consumer}`,
    ...(opening === 'RESET' ? [`$JS.API.CONSUMER.RESET.${stream}.${consumer}`] : []),
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
    // Acknowledgements have two forms: one with the domain (`_`: none) and the hash of the account, one without. Both are written out, because a
    // wildcard for domain and account would also match acknowledgements of other streams in the short form.
    `$JS.ACK.${stream}.${consumer}.>`,
    `$JS.ACK._.${ACCOUNT_HASH}.${stream}.${consumer}.>`,
  ];
}

/** Rights to read batches of the whole stream, and the last message on a subject. */
function readStream(stream: StreamName): readonly string[] {
  return [`$JS.API.DIRECT.GET.${stream}`, `$JS.API.DIRECT.GET.${stream}.>`];
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
