/** Takes an authentic webhook with a valid body: once only, then onto the bus. For receive-webhook.ts. */
import { type Bus, type Clock, formatTime, type RawSignal, type Store, subjects } from '@flotilla/contracts';
import { type Carrier, makeEnvelope, publishEvent } from '@flotilla/runtime';
import type { AcceptanceBook } from './acceptance-book.ts';
import { type AdmissionRequest, admitOnce, noteAcceptance } from './admit-once.ts';
import { accepted, type Answer, UNAUTHORIZED, unavailable } from './answer.ts';
import type { Authentication, WebhookRequest } from './authenticate.ts';
import { withDeadline } from './deadline.ts';
import type { AuthenticBody } from './read-body.ts';
import { singleHeader } from './single-header.ts';

export interface TakeWebhookOptions {
  readonly bus: Bus;
  readonly store: Store;
  readonly clock: Clock;
  readonly revision: string;
  readonly acceptances: AcceptanceBook;
}

export interface AuthenticWebhook {
  readonly authentic: Exclude<Authentication, { readonly scheme: 'none' }>;
  readonly body: AuthenticBody;
  readonly request: WebhookRequest;
  readonly nowMs: number;
  readonly carrier: Carrier;
}

export interface TakenWebhook {
  readonly answer: Answer;
  readonly reason: string;
  readonly corrId?: string;
}

/** TradingView hangs up after 3 s. A signal that is accepted after that would be one that its sender counts as lost. */
const STORE_ANSWER_MS_MAX = 1_000;
const BUS_ANSWER_MS_MAX = 1_500;
const CONTENT_TYPE_CHARACTERS_MAX = 128;

/** @throws FlotillaError `STORE_UNAVAILABLE`, `CIRCUIT_OPEN`, `BUS_UNAVAILABLE`. */
export async function takeWebhook(options: TakeWebhookOptions, webhook: AuthenticWebhook): Promise<TakenWebhook> {
  const { bus, clock, store, acceptances } = options;
  const once = admissionRequest(webhook);
  const admission = await withDeadline(clock, STORE_ANSWER_MS_MAX, 'STORE_UNAVAILABLE', admitOnce(store, acceptances, once));
  if (admission.state === 'REFUSED') return { answer: UNAUTHORIZED, reason: 'REPLAYED' };
  // The sender repeats a request whose answer got lost. The sender gets that answer, and there is no second signal.
  if (admission.state === 'ACCEPTED_BEFORE') return { answer: accepted(admission.id), reason: 'REPEATED', corrId: admission.id };
  // A client that is cut off could store a message long after the sender was told that it failed.
  if (!bus.connected()) return { answer: unavailable('BUS_UNAVAILABLE'), reason: 'BUS_UNAVAILABLE' };
  const event = rawSignal(options, webhook, admission);
  const subject = subjects.signalRaw(event.source);
  const publication = publishEvent(bus, { type: 'signals.raw', subject, event, headers: webhook.carrier });
  await withDeadline(clock, BUS_ANSWER_MS_MAX, 'BUS_UNAVAILABLE', publication);
  noteAcceptance(acceptances, once);
  return { answer: accepted(admission.id), reason: 'ACCEPTED', corrId: admission.id };
}

function admissionRequest({ authentic, body, nowMs }: AuthenticWebhook): AdmissionRequest {
  const { admissionKey: key, nonce, text, admissionTtlMs: ttlMs } = body;
  return { source: authentic.source.name, key, nonce, body: text, nowMs, ttlMs };
}

function rawSignal(
  { clock, revision }: TakeWebhookOptions,
  { authentic, body, request, nowMs }: AuthenticWebhook,
  { id, nonce }: { readonly id: string; readonly nonce: string },
): RawSignal {
  const contentType = singleHeader(request.rawHeaders, 'content-type')?.slice(0, CONTENT_TYPE_CHARACTERS_MAX);
  const { instrument, price, signal, strength, time } = body.alert;
  return {
    ...makeEnvelope({ id, corrId: id, clock, service: 'gateway', revision }),
    source: authentic.source.name,
    venue: authentic.source.venue,
    format: body.format,
    nonce,
    receivedAt: formatTime(nowMs),
    ...(contentType === undefined ? {} : { contentType }),
    body: body.text,
    alert: { instrument, price, signal, strength, ...(time === undefined ? {} : { time }) },
  };
}
