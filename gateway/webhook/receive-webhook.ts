/**
 * One webhook from bytes to answer. The order is the security argument: authentic first (cheap, nothing parsed), then the rate limit (so
 * that strangers cannot spend a source's tokens), then the body, then once-only, then the bus; 202 only when the bus has stored it.
 */
import type { BlockList } from 'node:net';
import { type Bus, type Clock, FlotillaError, type RawSignal, type Store, subjects } from '@flotilla/contracts';
import { type Carrier, newEnvelope, publishEvent } from '@flotilla/runtime';
import { singleHeader } from './single-header.ts';
import type { SourceTable } from '../sources/source-table.ts';
import type { AcceptanceBook } from './acceptance-book.ts';
import { type AdmissionRequest, admit, noteAcceptance } from './admission.ts';
import { accepted, type Answer, badField, rateLimited, UNAUTHORIZED, unavailable } from './answer.ts';
import { authenticate, type Authentication, type WebhookRequest } from './authenticate.ts';
import { withDeadline } from './deadline.ts';
import { FieldError } from '../signals/field-error.ts';
import { fullBucket, takeToken, type TokenBucket } from './rate-limit.ts';
import { type AuthenticBody, readBody } from './read-body.ts';
import { sourceLabel } from './source-label.ts';
import { formatUtcTime } from '../signals/utc-time.ts';

export interface WebhookOutcome {
  readonly answer: Answer;
  /** Name of a configured source, or `unknown`: strangers must not be able to make new metric labels. */
  readonly sourceLabel: string;
  /** Why, in one word of a bounded set; for logs and metrics only. */
  readonly reason: string;
  readonly corrId?: string;
  readonly unknownFields?: readonly string[];
  readonly error?: unknown;
}

export interface WebhookReceiverOptions {
  readonly bus: Bus;
  readonly store: Store;
  readonly clock: Clock;
  readonly revision: string;
  readonly trustedProxies: BlockList;
  readonly table: () => SourceTable;
  readonly acceptances: AcceptanceBook;
}

export interface WebhookReceiver {
  receive(request: WebhookRequest, carrier: Carrier): Promise<WebhookOutcome>;
}

/** TradingView hangs up after 3 s; an answer after that would be an accepted signal that its sender counts as lost. */
const STORE_ANSWER_MS_MAX = 1_000;
const BUS_ANSWER_MS_MAX = 1_500;

type Authentic = Exclude<Authentication, { readonly scheme: 'none' }>;

export function makeWebhookReceiver(options: WebhookReceiverOptions): WebhookReceiver {
  const { clock } = options;
  const buckets = new Map<string, TokenBucket>();

  /** Buckets exist for configured sources only, which bounds them. */
  function retryAfterMs(source: Authentic['source']): number {
    const nowMs = clock.monotonicMs();
    const taken = takeToken(buckets.get(source.name) ?? fullBucket(source, nowMs), source, nowMs);
    buckets.set(source.name, taken.bucket);
    return taken.retryAfterMs;
  }

  async function receive(request: WebhookRequest, carrier: Carrier): Promise<WebhookOutcome> {
    const label = sourceLabel(options.table(), request.source);
    const nowMs = clock.nowMs();
    const authentic = authenticate(request, { sources: options.table().sources, trustedProxies: options.trustedProxies, nowMs });
    if (authentic.scheme === 'none') return { answer: UNAUTHORIZED, sourceLabel: label, reason: authentic.problem };
    const waitMs = retryAfterMs(authentic.source);
    if (waitMs > 0) return { answer: rateLimited(waitMs), sourceLabel: label, reason: 'RATE_LIMITED' };
    try {
      const body = readBody(authentic, request.body, nowMs);
      if (body === undefined) return { answer: UNAUTHORIZED, sourceLabel: label, reason: 'BODY_TIME_STALE' };
      return { sourceLabel: label, unknownFields: body.alert.unknownFields, ...(await take(authentic, body, request, nowMs, carrier)) };
    } catch (error) {
      if (error instanceof FieldError) return { answer: badField(error), sourceLabel: label, reason: error.code, error };
      if (error instanceof FlotillaError) return { answer: unavailable(error.code), sourceLabel: label, reason: error.code, error };
      throw error;
    }
  }

  async function take(
    authentic: Authentic,
    body: AuthenticBody,
    request: WebhookRequest,
    nowMs: number,
    carrier: Carrier,
  ): Promise<Pick<WebhookOutcome, 'answer' | 'reason' | 'corrId'>> {
    const source = authentic.source.name;
    const once: AdmissionRequest = {
      source,
      key: body.admissionKey,
      nonce: body.nonce,
      body: body.text,
      nowMs,
      ttlMs: body.admissionTtlMs,
    };
    const admission = await withDeadline(clock, STORE_ANSWER_MS_MAX, 'STORE_UNAVAILABLE', admit(options.store, options.acceptances, once));
    if (admission.state === 'REFUSED') return { answer: UNAUTHORIZED, reason: 'REPLAYED' };
    if (admission.state === 'ACCEPTED_BEFORE') {
      // The sender repeats itself when the first answer got lost. It gets that answer, and there is no second signal.
      return { answer: accepted(admission.id), reason: 'REPEATED', corrId: admission.id };
    }
    // A message handed to a client that is cut off could be stored long after the sender was told no.
    if (!options.bus.connected()) return { answer: unavailable('BUS_UNAVAILABLE'), reason: 'BUS_UNAVAILABLE' };
    const contentType = singleHeader(request.rawHeaders, 'content-type')?.slice(0, 128);
    const { instrument, price, signal, strength, time } = body.alert;
    const event: RawSignal = {
      ...newEnvelope({ id: admission.id, corrId: admission.id, clock, service: 'gateway', revision: options.revision }),
      source,
      venue: authentic.source.venue,
      format: body.format,
      nonce: admission.nonce,
      receivedAt: formatUtcTime(nowMs),
      ...(contentType === undefined ? {} : { contentType }),
      body: body.text,
      alert: { instrument, price, signal, strength, ...(time === undefined ? {} : { time }) },
    };
    const publication = publishEvent(options.bus, { type: 'signals.raw', subject: subjects.signalRaw(source), event, headers: carrier });
    await withDeadline(clock, BUS_ANSWER_MS_MAX, 'BUS_UNAVAILABLE', publication);
    noteAcceptance(options.acceptances, once);
    return { answer: accepted(admission.id), reason: 'ACCEPTED', corrId: admission.id };
  }

  return { receive };
}
