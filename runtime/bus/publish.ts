/** Publishes into a stream, and resolves with the stream's own acknowledgement. */
import type { PublishAck, PublishOptions } from '@flotilla/contracts/ports.ts';
import { headers as makeHeaders, type MsgHdrs } from '@nats-io/nats-core';
import { decodeAnswer } from './json-api.ts';
import type { Requester } from './requester.ts';

const TIMEOUT_MS = 5_000;

interface StoredAnswer {
  readonly stream: string;
  readonly seq: number;
  readonly duplicate?: boolean;
}

/** Calls may overlap: the connection keeps their order. @throws FlotillaError `BUS_UNAVAILABLE`, `BUS_NOT_PROVISIONED`, `BUS_REFUSED`, `FENCED`, `WRITE_OVERLAPS`. */
export async function publish(requester: Requester, subject: string, payload: Uint8Array, options: PublishOptions): Promise<PublishAck> {
  const message = await requester.request(subject, payload, TIMEOUT_MS, headersOf(options));
  const answer = decodeAnswer(message.data, subject) as StoredAnswer;
  return { stream: answer.stream, sequence: answer.seq, duplicate: answer.duplicate === true };
}

function headersOf(options: PublishOptions): MsgHdrs {
  const result = makeHeaders();
  if (options.messageId !== '') result.set('Nats-Msg-Id', options.messageId);
  const expected = options.expectedLastSubjectSequence;
  if (expected !== undefined) {
    result.set('Nats-Expected-Last-Subject-Sequence', String(expected.sequence));
    result.set('Nats-Expected-Last-Subject-Sequence-Subject', expected.subject);
  }
  if (options.headers !== undefined) {
    for (const name in options.headers) {
      const value = options.headers[name];
      if (value !== undefined) result.set(name, value);
    }
  }
  return result;
}
