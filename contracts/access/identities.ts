/**
 * The permission matrix: the rights of each identity at the bus and at the store, as data. Every configuration of NATS and Redis is made from it.
 *
 * Default deny: the servers refuse every subject and key that is not listed. A user of the bus has the name of its identity, because its
 * private inbox carries that name. Only the operator creates streams and consumers. No identity may delete, purge or edit stored messages.
 */
import { BUCKETS, type BucketName, STREAMS, type StreamName } from '../bus/streams.ts';

export const IDENTITY_NAMES = ['operator', 'gateway', 'agents', 'exec', 'audit', 'cli'] as const;
export type IdentityName = (typeof IDENTITY_NAMES)[number];

/** NATS permissions of one user; wildcards as in subjects. */
export interface BusRights {
  readonly publish: readonly string[];
  /** Exceptions from `publish`. A NATS wildcard stands for a whole token, so a wildcard in `publish` may match consumers of others. */
  readonly publishDeny: readonly string[];
  readonly subscribe: readonly string[];
  /** Whether the user may answer the requests that it receives (`allow_responses`). */
  readonly allowResponses: boolean;
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
        'control.exec_alive.*',
        'query.exec.*',
      ],
      publishDeny: [],
      subscribe: [inbox('operator'), watchKey('CONFIG', '>'), watchKey('CONTROL', '>'), watchKey('STATUS', '>')],
      allowResponses: false,
    },
  },
  gateway: {
    bus: {
      publish: [
        'signals.raw.*',
        'signals.normalized.*.*',
        'poison.SIGNALS.gateway-normaliser',
        ...consume('SIGNALS', 'gateway-normaliser', 'INFO'),
        ...readStream('SIGNALS'),
        ...writeKey('STATUS', 'gateway.*'),
        ...readKey('STATUS', 'gateway.*'),
      ],
      publishDeny: [],
      subscribe: [inbox('gateway'), 'control.replay.*'],
      allowResponses: true,
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
      subscribe: [inbox('agents'), 'executions.order.*.*', 'executions.fill.*.*'],
      allowResponses: false,
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
        // Reads that decide on money or on a halt go to the leader. This right covers the whole stream.
        readLeader('EXECUTIONS'),
        readLeader('KV_CONFIG'),
        readLeader('KV_CONTROL'),
        // An exec of the previous version reads them this way.
        ...readKey('CONFIG', 'exec.*'),
        ...readKey('CONTROL', 'halt.*'),
        ...readKey('STATUS', 'exec.*'),
        ...writeKey('STATUS', 'exec.*'),
        'control.exec_alive.*',
      ],
      publishDeny: FOREIGN_TO_EXEC.flatMap((consumer) => [...consume('DECISIONS', consumer, 'RESET'), `poison.DECISIONS.${consumer}`]),
      subscribe: [
        inbox('exec'),
        'signals.normalized.*.*',
        watchKey('CONFIG', 'exec.*'),
        watchKey('CONTROL', 'halt.*'),
        'control.exec_alive.*',
        'query.exec.*',
      ],
      allowResponses: true,
    },
  },
  audit: {
    bus: {
      publish: [
        ...STREAM_NAMES.flatMap((stream) => [...consume(stream, 'audit', 'RESET'), ...readStream(stream), `poison.${stream}.audit`]),
        // The newest checkpoint, kept as a witness outside of the log's folder.
        ...writeKey('STATUS', 'audit'),
      ],
      publishDeny: [],
      subscribe: [inbox('audit')],
      allowResponses: false,
    },
  },
  cli: {
    bus: {
      publish: [
        ...STREAM_NAMES.flatMap(readStream),
        ...readKey('CONFIG', '>'),
        ...readKey('CONTROL', '>'),
        ...readKey('STATUS', '>'),
        'query.exec.*',
        'control.replay.*',
      ],
      publishDeny: [],
      subscribe: [inbox('cli'), watchKey('CONTROL', '>'), watchKey('STATUS', '>')],
      allowResponses: false,
    },
  },
};

/** Prefix of the identity's inboxes, to which replies come back. The runtime's bus adapter makes its inboxes below it. */
function inbox(name: IdentityName): string {
  return `_INBOX_${name}.>`;
}

/** Rights to create, update and inspect a stream, and not to delete or purge it. */
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
    // Acknowledgements have two forms: nine tokens, and eleven or more with domain and account. Both are counted exactly, so that the form
    // with wildcards in front does not match acknowledgements of other streams in the short form.
    `$JS.ACK.${stream}.${consumer}.*.*.*.*.*`,
    `$JS.ACK.*.*.${stream}.${consumer}.*.*.*.*.>`,
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
