/**
 * One webhook from bytes to answer. The order is the security argument: authentic first (cheap, nothing parsed), then the rate limit (so
 * that strangers cannot spend a source's tokens), then the body, then once-only, then the bus; 202 only when the bus has stored it.
 */
import type { BlockList } from 'node:net';
import { FlotillaError } from '@flotilla/contracts';
import type { Carrier } from '@flotilla/runtime';
import { FieldError } from '../signals/field-error.ts';
import type { SourceTable } from '../sources/source-table.ts';
import { type Answer, badField, rateLimited, UNAUTHORIZED, unavailable } from './answer.ts';
import { authenticate, type WebhookRequest } from './authenticate.ts';
import { fullBucket, takeToken, type TokenBucket } from './rate-limit.ts';
import { readBody } from './read-body.ts';
import { sourceLabel } from './source-label.ts';
import { type AuthenticWebhook, takeWebhook, type TakeWebhookOptions } from './take-webhook.ts';

export interface WebhookOutcome {
  readonly answer: Answer;
  /** Name of a configured source, or `unknown`: strangers must not be able to make new metric labels. */
  readonly sourceLabel: string;
  /** The true reason, one word of a bounded set; for logs and metrics only. */
  readonly reason: string;
  readonly corrId?: string;
  readonly unknownFields?: readonly string[];
  readonly error?: unknown;
}

export interface WebhookReceiverOptions extends TakeWebhookOptions {
  readonly trustedProxies: BlockList;
  readonly table: () => SourceTable;
}

export interface WebhookReceiver {
  receive(request: WebhookRequest, carrier: Carrier): Promise<WebhookOutcome>;
}

export function makeWebhookReceiver(options: WebhookReceiverOptions): WebhookReceiver {
  const { clock } = options;
  const buckets = new Map<string, TokenBucket>();

  /** Buckets exist for configured sources only, which bounds them. */
  function retryAfterMs(source: AuthenticWebhook['authentic']['source']): number {
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
      return {
        sourceLabel: label,
        unknownFields: body.alert.unknownFields,
        ...(await takeWebhook(options, { authentic, body, request, nowMs, carrier })),
      };
    } catch (error) {
      if (error instanceof FieldError) return { answer: badField(error), sourceLabel: label, reason: error.code, error };
      if (error instanceof FlotillaError) return { answer: unavailable(error.code), sourceLabel: label, reason: error.code, error };
      throw error;
    }
  }

  return { receive };
}
