/**
 * Every way in which one principal can make the server write for it: each publication that it is permitted, with each payload that brings an answer,
 * with each reply subject and each header that would do harm; and each publication that others are permitted.
 */
import type { BusRights } from '@flotilla/contracts/access/bus-rights.ts';
import type { subjectInAccount } from '@flotilla/contracts/access/core-account.ts';
import type { RawMessage } from '@flotilla/runtime/testing/open-raw-connection.ts';
import { concreteSubject, STORED } from './known-names.ts';

/** Valid as a request to create a stream of the attacker's own, when the server sends it to JetStream's API. */
const REQUEST = JSON.stringify({ name: 'EVIL', subjects: ['evil.>'], config: {}, seq: 1, stream_name: 'EXECUTIONS' });

/** Payloads of the attacker's choice: a request, an acknowledgement, and nothing, which is an acknowledgement too. */
export const PARKED_PAYLOADS: readonly string[] = [REQUEST, '+ACK', ''];

/** Requests to JetStream that change something. */
const API_REPLIES = [
  'STREAM.DELETE.EXECUTIONS',
  'STREAM.PURGE.SIGNALS',
  'STREAM.CREATE.EVIL',
  'STREAM.UPDATE.SIGNALS',
  'STREAM.MSG.DELETE.SIGNALS',
  'CONSUMER.CREATE.EXECUTIONS.evil',
  'CONSUMER.DELETE.EXECUTIONS.audit',
  'CONSUMER.RESET.EXECUTIONS.audit',
  'CONSUMER.RESET.SIGNALS.agent-main_reversion',
  'CONSUMER.RESET.DECISIONS.exec-other',
  'CONSUMER.RESET.SIGNALS.gateway-normaliser',
  'CONSUMER.MSG.NEXT.AUDIT.audit',
  'CONSUMER.MSG.NEXT.SIGNALS.agent-main_reversion',
  'CONSUMER.MSG.NEXT.DECISIONS.exec-other',
  'CONSUMER.MSG.NEXT.SIGNALS.gateway-normaliser',
  'CONSUMER.PAUSE.EXECUTIONS.audit',
] as const;

/** Subjects and keys that belong to one principal each. */
const WRITE_REPLIES = [
  '$KV.CONTROL.halt.main',
  '$KV.CONFIG.exec.main',
  '$KV.PRINCIPALS.token-keys',
  '$KV.STATUS.exec.main.report',
  '$KV.STATUS.exec.other.report',
  '$KV.STATUS.agent.main.reversion.report',
  '$KV.STATUS.audit.checkpoint',
  'signals.raw.evil',
  'signals.normalized.paper.BTC-USD',
  'decisions.order_intent.main.evil',
  'decisions.order_intent.main.trainee',
  'decisions.proposal.main.trainee.alone',
  'decisions.order_intent.main.reversion',
  'executions.fill.main.evil',
  'executions.fill.other.evil',
  'executions.epoch.main',
  'executions.epoch.other',
  'audit.event.main',
  'poison.AUDIT.evil',
  'quarantine.agent-main_momentum.evil',
] as const;

/** Consumers whose readers have messages in hand. */
const IN_HAND = [
  ...Object.keys(STORED).map((stream) => [stream, 'audit'] as const),
  ['SIGNALS', 'agent-main_reversion'],
  ['DECISIONS', 'exec-other'],
  ['SIGNALS', 'gateway-normaliser'],
] as const;

/** Acknowledgements of what others have in hand, in both forms. */
function acknowledgementReplies(coreHash: string): readonly string[] {
  return IN_HAND.flatMap(([stream, consumer]) => [
    `$JS.ACK.${stream}.${consumer}.1.1.1.1.0`,
    `$JS.ACK._.${coreHash}.${stream}.${consumer}.1.1.1.1.0.x`,
    `$JS.ACK.${stream}.${consumer}.SIGNALS.agent-main_reversion.1.1.1`,
  ]);
}

/** Subjects that others read: their inboxes, their pushes, the services that they answer. */
const READ_REPLIES = [
  '_INBOX.evil',
  'push.$KV.CONTROL.halt.main',
  'push.executions.fill.main.evil',
  'push.executions.fill.main.reversion',
  'query.exec.main',
  'query.exec.other',
  'control.exec_alive.other',
  'control.replay.feed',
  '$SYS.REQ.USER.AUTH',
] as const;

/** Requests to the servers themselves. */
const SYSTEM_REQUESTS = ['$SYS.REQ.CLAIMS.UPDATE', '$SYS.REQ.CLAIMS.DELETE', '$SYS.REQ.SERVER.PING'] as const;

/** Headers by which a publication reaches beyond its own subject, if the stream allows. */
const HARMFUL_HEADERS: readonly Readonly<Record<string, string>>[] = [
  { 'Nats-Rollup': 'all' },
  { 'Nats-Rollup': 'sub' },
  { 'Nats-Expected-Last-Sequence': '1' },
  { 'Nats-Expected-Last-Subject-Sequence': '0', 'Nats-Expected-Last-Subject-Sequence-Subject': 'executions.epoch.other' },
  { 'Nats-Expected-Stream': 'KV_CONTROL' },
  { 'Nats-TTL': '1s' },
  { 'Nats-Msg-Id': `${STORED['DECISIONS']} first` },
  { 'Nats-Schedule': '@at 2020-01-01T00:00:00Z', 'Nats-Schedule-Target': '$KV.CONTROL.halt.main' },
  { 'Nats-Schedule': '@every 1s', 'Nats-Schedule-Target': 'decisions.order_intent.main.reversion' },
  { 'Nats-Incr': '+1' },
  { 'Nats-Batch-Id': 'evil', 'Nats-Batch-Sequence': '1', 'Nats-Batch-Commit': '1' },
  { 'KV-Operation': 'PURGE', 'Nats-Rollup': 'sub' },
  { 'Nats-Stream': 'EXECUTIONS', 'Nats-Subject': 'executions.fill.other.evil', 'Nats-Sequence': '1' },
];
const HEADER_REPLIES = [undefined, '$KV.CONTROL.halt.main', '$JS.API.STREAM.PURGE.SIGNALS'] as const;

/** What an attacker knows and may do. */
export interface AttackPlan {
  readonly rights: BusRights;
  /** Rights of everybody else. */
  readonly foreign: readonly BusRights[];
  /** The name of a subject of the core account inside the attacker's account. */
  readonly local: typeof subjectInAccount;
  readonly coreHash: string;
}

/** All attempts of a principal. */
export function attemptsOf({ rights, foreign, local, coreHash }: AttackPlan): readonly RawMessage[] {
  const own = rights.publish.map(concreteSubject).map(local);
  const replies = [
    ...API_REPLIES.flatMap((endpoint) => [`$JS.API.${endpoint}`, `JSAPI.${endpoint}`]),
    ...WRITE_REPLIES,
    ...acknowledgementReplies(coreHash),
    ...READ_REPLIES,
    ...own,
  ];
  const carriers = [...own, ...rights.ask.map(concreteSubject)];
  return [
    ...carriers.flatMap((subject) =>
      payloadsFor(subject).flatMap((payload) => replies.filter((reply) => reply !== subject).map((reply) => ({ subject, payload, reply }))),
    ),
    ...parkingOf(rights, local).flatMap((subject) =>
      HARMFUL_HEADERS.flatMap((headers) => HEADER_REPLIES.map((reply) => ({ subject, payload: REQUEST, reply, headers }))),
    ),
    ...directAttempts(foreign, own, local),
  ];
}

/** Subjects of the principal's own under which it can leave a payload to launder. */
export function parkingOf(rights: BusRights, local: typeof subjectInAccount): readonly string[] {
  return rights.publish.filter((pattern) => !pattern.startsWith('$JS.')).map((pattern) => local(concreteSubject(pattern)));
}

/** Plain publications of what others may publish, and what no principal may. */
function directAttempts(foreign: readonly BusRights[], own: readonly string[], local: typeof subjectInAccount): readonly RawMessage[] {
  const subjects = [
    ...foreign.flatMap(({ publish, hear }) => [...publish, ...hear]).map(concreteSubject),
    ...WRITE_REPLIES,
    ...READ_REPLIES,
  ];
  const names = new Set([
    ...subjects.flatMap((subject) => [subject, local(subject)]),
    ...API_REPLIES.flatMap((endpoint) => [`$JS.API.${endpoint}`, `JSAPI.${endpoint}`]),
    ...SYSTEM_REQUESTS,
  ]);
  const others = [...names].filter((name) => !own.includes(name));
  return others.flatMap((subject) => [REQUEST, ''].map((payload) => ({ subject, payload, reply: '_INBOX.own' })));
}

function payloadsFor(subject: string): readonly string[] {
  const api = /^(?:\$JS\.API|JSAPI)\.(.+)$/.exec(subject)?.[1];
  if (subject.startsWith('$JS.ACK')) return ['+ACK', '+NXT {"batch":1}', '+WPI', '+TERM evil'];
  if (api === undefined) return PARKED_PAYLOADS;
  if (api.startsWith('CONSUMER.MSG.NEXT')) return ['', '{"batch":2,"no_wait":true}', '{"batch":2,"expires":50000000}'];
  if (/^DIRECT\.GET\.\w+$/.test(api)) {
    const stream = api.split('.')[2] ?? '';
    const last = STORED[stream] ?? '$KV.STATUS.exec.main.report';
    return ['{"seq":1,"batch":2}', JSON.stringify({ last_by_subj: last }), JSON.stringify({ multi_last: [last], batch: 2 })];
  }
  if (api.startsWith('STREAM.MSG.GET')) return ['{"seq":1}'];
  return [''];
}
