/**
 * Reads a stream without a consumer, by JetStream's direct get (the stream must have `allow_direct`).
 *
 * One message per request on `$JS.API.DIRECT.GET.<stream>.<subject>`; batches on `$JS.API.DIRECT.GET.<stream>`, whose end the server
 * marks with a 204 that has the number of remaining messages.
 */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { ServedBy, StoredMessage } from '@flotilla/contracts/ports.ts';
import type { Msg } from '@nats-io/nats-core';
import type { Connection } from './connection.ts';
import { getFromLeader } from './leader-get.ts';
import { plainHeaders } from './plain-headers.ts';
import type { Requester } from './requester.ts';

const TIMEOUT_MS = 5_000;
const BATCH_MESSAGES_MAX = 500;
/** The server gives the last messages of more subjects in no single answer. */
const SUBJECTS_MAX = 1_024;

const STATUS_END_OF_BATCH = 204;
const STATUS_NOT_FOUND = 404;
const STATUS_TOO_MANY_RESULTS = 413;
const STATUS_NO_RESPONDERS = 503;

interface Batch {
  readonly messages: readonly StoredMessage[];
  /** Matching messages behind the last one. */
  readonly pending: number;
  /** The request matches more subjects than the server answers at once. */
  readonly isRefused?: true;
}

export async function lastOf(requester: Requester, stream: string, subject: string): Promise<StoredMessage | undefined> {
  const message = await requester.request(`${requester.apiPrefix}.DIRECT.GET.${stream}.${subject}`, '', TIMEOUT_MS);
  const code = message.headers?.code ?? 0;
  if (code === STATUS_NOT_FOUND) return undefined;
  if (code !== 0) throw statusError(stream, code, message);
  return toStoredMessage(stream, message);
}

/**
 * In the order of the stream. For more than {@link SUBJECTS_MAX} subjects the function reads every message on them, which is cheap in a bucket that keeps
 * one value of each key. A message on a subject that is written during that read may be missing.
 */
export async function lastPerSubject(connection: Connection, stream: string, subject: string): Promise<readonly StoredMessage[]> {
  const batch = await fetchBatch(connection, stream, { multi_last: [subject], batch: SUBJECTS_MAX });
  return batch.isRefused === true ? lastOfAll(connection, stream, subject) : batch.messages;
}

async function lastOfAll(connection: Connection, stream: string, subject: string): Promise<readonly StoredMessage[]> {
  const last = new Map<string, StoredMessage>();
  for (let sequence = 1, isMore = true; isMore;) {
    const { messages, pending } = await fetchBatch(connection, stream, { seq: sequence, next_by_subj: subject, batch: BATCH_MESSAGES_MAX });
    for (const message of messages) {
      last.delete(message.subject);
      last.set(message.subject, message);
      sequence = message.sequence + 1;
    }
    isMore = messages.length > 0 && pending > 0;
  }
  return [...last.values()];
}

/** The options of {@link Bus.read}. */
export interface ReadOptions {
  readonly subject: string;
  readonly fromSequence: number;
  readonly throughSequence?: number;
  readonly servedBy?: ServedBy;
}

/**
 * The log of a replica is a prefix of the leader's log, so the messages of a replica have no gap. Only the end must be proven. A message with the
 * sequence `throughSequence` proves it at no cost. Without that message and with `servedBy: 'LEADER'`, the function asks the leader for a later message
 * before it ends.
 */
export async function* readFrom(
  { connection, requester }: { readonly connection: Connection; readonly requester: Requester },
  stream: string,
  options: ReadOptions,
): AsyncGenerator<StoredMessage> {
  const through = options.throughSequence ?? Number.POSITIVE_INFINITY;
  let sequence = Math.max(1, options.fromSequence);
  // Messages known at the call. Each batch may come from another replica, so a count of the first one says nothing about a proven end.
  let remaining = Number.POSITIVE_INFINITY;
  while (sequence <= through && remaining > 0) {
    const batch = await fetchBatch(connection, stream, { seq: sequence, next_by_subj: options.subject, batch: BATCH_MESSAGES_MAX });
    if (options.servedBy !== 'LEADER') remaining = Math.min(remaining, batch.messages.length + batch.pending);
    for (const message of batch.messages) {
      if (message.sequence > through || remaining === 0) return;
      yield message;
      sequence = message.sequence + 1;
      remaining -= 1;
      if (message.sequence === through) return;
    }
    if (batch.pending > 0 && batch.messages.length > 0) continue;
    if (options.servedBy !== 'LEADER') return;
    const missed = await nextAtLeader(requester, stream, sequence, options);
    if (missed === undefined) return;
    yield missed;
    sequence = missed.sequence + 1;
  }
}

/** The first message from `sequence` on that the leader has and the replica did not give. Undefined: the end is proven. */
async function nextAtLeader(
  requester: Requester,
  stream: string,
  sequence: number,
  { subject, throughSequence }: ReadOptions,
): Promise<StoredMessage | undefined> {
  assert(throughSequence !== undefined, 'a read that the leader proves needs the sequence through which it is proven');
  if ((await getFromLeader(requester, stream, { seq: throughSequence })) === undefined) {
    throw new FlotillaError(
      'BUS_UNAVAILABLE',
      `expected the leader of ${stream} to hold sequence ${throughSequence}, found that it does not`,
    );
  }
  const next = await getFromLeader(requester, stream, { seq: sequence, next_by_subj: subject });
  return next === undefined || next.sequence > throughSequence ? undefined : next;
}

function fetchBatch(connection: Connection, stream: string, request: object): Promise<Batch> {
  return new Promise((resolve, reject) => {
    const live = connection.live();
    const inbox = connection.makeInbox();
    const batchSubject = `${connection.apiPrefix}.DIRECT.GET.${stream}`;
    const messages: StoredMessage[] = [];
    const end = (settle: () => void) => {
      subscription.unsubscribe();
      cancelTimer();
      stopListening();
      settle();
    };
    const fail = (reason: string) =>
      end(() => reject(new FlotillaError('BUS_UNAVAILABLE', `expected messages of ${stream}, found: ${reason}`)));
    let cancelTimer = connection.clock.after(TIMEOUT_MS, () => fail('no answer'));
    const stopListening = connection.listen({
      onDisconnect: () => fail('connection lost'),
      onPublishRefused(subject) {
        if (subject !== batchSubject) return;
        end(() => reject(new FlotillaError('BUS_REFUSED', `expected permission to read ${stream}, found none for this user`)));
      },
    });
    const subscription = connection.subscribe(inbox, (message) => {
      const code = message.headers?.code ?? 0;
      if (code === 0) {
        messages.push(toStoredMessage(stream, message));
        cancelTimer();
        cancelTimer = connection.clock.after(TIMEOUT_MS, () => fail('the answer stopped half-way'));
      } else if (code === STATUS_END_OF_BATCH) {
        end(() => resolve({ messages, pending: Number(message.headers?.get('Nats-Num-Pending') ?? 0) }));
      } else if (code === STATUS_NOT_FOUND) {
        end(() => resolve({ messages, pending: 0 }));
      } else if (code === STATUS_TOO_MANY_RESULTS) {
        end(() => resolve({ messages, pending: 0, isRefused: true }));
      } else {
        end(() => reject(statusError(stream, code, message)));
      }
    });
    live.publish(batchSubject, JSON.stringify(request), { reply: inbox });
  });
}

/** The server appends its headers to those of the publisher, so of several values of one name the last one is the server's. */
function toStoredMessage(stream: string, message: Msg): StoredMessage {
  const header = (name: string) => message.headers?.last(name) ?? '';
  return {
    stream,
    subject: header('Nats-Subject'),
    sequence: Number(header('Nats-Sequence')),
    storedAtMs: Date.parse(header('Nats-Time-Stamp')),
    payload: message.data,
    headers: plainHeaders(message.headers),
  };
}

function statusError(stream: string, code: number, message: Msg): FlotillaError {
  if (code === STATUS_NO_RESPONDERS) {
    return new FlotillaError(
      'BUS_NOT_PROVISIONED',
      `expected stream ${stream} to exist and allow direct reads, found that no server answers for it`,
    );
  }
  return new FlotillaError('BUS_REFUSED', `expected messages of ${stream}, found: ${message.headers?.description ?? ''} (${code})`);
}
