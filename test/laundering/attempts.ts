/**
 * Every way in which one identity can make the server write for it: each publication that it is permitted, with each payload that brings an answer,
 * and with each reply subject that would do harm.
 */
import type { subjectInAccount } from '@flotilla/contracts/access/core-account.ts';
import type { BusRights } from '@flotilla/contracts/access/identities.ts';
import { concreteSubject, STORED } from './known-names.ts';

export interface Attempt {
  readonly subject: string;
  readonly payload: string;
  readonly reply: string;
}

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
  'CONSUMER.MSG.NEXT.AUDIT.audit',
  'CONSUMER.PAUSE.EXECUTIONS.audit',
] as const;

/** Subjects and keys that belong to one identity each. */
const WRITE_REPLIES = [
  '$KV.CONTROL.halt.main',
  '$KV.CONFIG.exec.main',
  '$KV.STATUS.exec.main',
  '$KV.STATUS.audit.checkpoint',
  'signals.raw.evil',
  'signals.normalized.paper.BTC-USD',
  'decisions.order_intent.main.evil',
  'executions.fill.main.evil',
  'executions.epoch.main',
  'audit.event.main',
  'poison.AUDIT.evil',
] as const;

/** Acknowledgements of what the audit writer has in hand, in both forms. */
function acknowledgementReplies(accountHash: string): readonly string[] {
  return Object.keys(STORED).flatMap((stream) => [
    `$JS.ACK.${stream}.audit.1.1.1.1.0`,
    `$JS.ACK._.${accountHash}.${stream}.audit.1.1.1.1.0.x`,
    `$JS.ACK.${stream}.audit.SIGNALS.agent-main_momentum.1.1.1`,
  ]);
}

/** Subjects that others read: their inboxes, their pushes, the services that they answer. */
const READ_REPLIES = [
  '_INBOX_exec.evil',
  '_INBOX_operator.evil',
  '_INBOX_audit.evil',
  'push.$KV.CONTROL.halt.main',
  'push.executions.fill.main.evil',
  'query.exec.main',
  'control.replay.feed',
] as const;

/** All attempts of an identity. `local` gives a subject's name inside the identity's account. */
export function attemptsOf(rights: BusRights, local: typeof subjectInAccount, accountHash: string): readonly Attempt[] {
  const own = rights.publish.map(concreteSubject).map(local);
  const replies = [
    ...API_REPLIES.flatMap((endpoint) => [`$JS.API.${endpoint}`, `JSAPI.${endpoint}`]),
    ...WRITE_REPLIES,
    ...acknowledgementReplies(accountHash),
    ...READ_REPLIES,
    ...own,
  ];
  const carriers = [...own, ...rights.ask.map(concreteSubject)];
  return carriers.flatMap((subject) =>
    payloadsFor(subject).flatMap((payload) => replies.filter((reply) => reply !== subject).map((reply) => ({ subject, payload, reply }))),
  );
}

/** Subjects of the identity's own under which it can leave a payload to launder. */
export function parkingOf(rights: BusRights, local: typeof subjectInAccount): readonly string[] {
  return rights.publish.filter((pattern) => !pattern.startsWith('$JS.')).map((pattern) => local(concreteSubject(pattern)));
}

function payloadsFor(subject: string): readonly string[] {
  const api = /^(?:\$JS\.API|JSAPI)\.(.+)$/.exec(subject)?.[1];
  if (subject.startsWith('$JS.ACK')) return ['+ACK', '+NXT {"batch":1}', '+WPI', '+TERM evil'];
  if (api === undefined) return PARKED_PAYLOADS;
  if (api.startsWith('CONSUMER.MSG.NEXT')) return ['', '{"batch":2,"no_wait":true}', '{"batch":2,"expires":50000000}'];
  if (/^DIRECT\.GET\.\w+$/.test(api)) {
    const stream = api.split('.')[2] ?? '';
    const last = STORED[stream] ?? '$KV.STATUS.exec.main';
    return ['{"seq":1,"batch":2}', JSON.stringify({ last_by_subj: last }), JSON.stringify({ multi_last: [last], batch: 2 })];
  }
  if (api.startsWith('STREAM.MSG.GET')) return ['{"seq":1}'];
  return [''];
}
