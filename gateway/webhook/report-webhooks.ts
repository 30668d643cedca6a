/** Logs and metrics of webhooks. They get the true reason; the sender does not. They hold no URL, no header value and no body. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '@flotilla/contracts';
import type { Carrier, Logger, Metrics, Tracing } from '@flotilla/runtime';
import type { SourceTable } from '../sources/source-table.ts';
import { type Answer, INTERNAL } from './answer.ts';
import type { WebhookOutcome } from './receive-webhook.ts';
import { sourceLabel } from './source-label.ts';

export interface WebhookReport {
  /** Runs `receive` in a span, counts and logs its outcome. A bug becomes an answer 500 and a log line. */
  readonly observe: (receive: (carrier: Carrier) => Promise<WebhookOutcome>, headers: IncomingHttpHeaders) => Promise<Answer>;
  readonly tooLarge: (source: string) => void;
  readonly overloaded: () => void;
  readonly unexpected: (error: unknown) => void;
  readonly acceptanceLost: (error: unknown) => void;
}

export interface WebhookReportOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly table: () => SourceTable;
}

const TRACEPARENT_PATTERN = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const UNKNOWN_FIELDS_LOGGED_MAX = 8;

export function reportWebhooks(options: WebhookReportOptions): WebhookReport {
  const { clock, logger, metrics, tracing } = options;
  const received = metrics.counter('gateway_webhooks_received_total', 'Webhooks by source and HTTP status', ['source', 'status']);
  const reasons = metrics.counter('gateway_webhook_outcomes_total', 'Webhooks by source and true reason', ['source', 'reason']);

  function count(source: string, status: number, reason: string): void {
    received.inc({ source, status: String(status) });
    reasons.inc({ source, reason });
  }

  function countUnknownFields(outcome: WebhookOutcome): void {
    const fields = outcome.unknownFields ?? [];
    if (fields.length === 0) return;
    metrics.unknownFields.inc({ service: 'gateway' }, fields.length);
    const shown = fields.slice(0, UNKNOWN_FIELDS_LOGGED_MAX).map((field) => field.slice(0, 64));
    logger.warn(
      { source: outcome.sourceLabel, fields: shown, corr_id: outcome.corrId },
      'webhook body has fields that this build does not know',
    );
  }

  function log(outcome: WebhookOutcome): void {
    const { answer, sourceLabel, reason, corrId, error } = outcome;
    const fields = { source: sourceLabel, status: answer.status, reason, ...(corrId === undefined ? {} : { corr_id: corrId }) };
    if (answer.status === 202) logger.info(fields, 'webhook accepted');
    else if (answer.status === 503) logger.error({ ...fields, err: error }, 'webhook not taken: a dependency is away');
    else logger.warn({ ...fields, ...(error instanceof Error ? { problem: error.message } : {}) }, 'webhook refused');
  }

  return {
    async observe(receive, headers) {
      const startMs = clock.monotonicMs();
      try {
        const outcome = await tracing.span('webhook', carrierOf(headers), receive);
        count(outcome.sourceLabel, outcome.answer.status, outcome.reason);
        countUnknownFields(outcome);
        log(outcome);
        return outcome.answer;
      } catch (error) {
        count('unknown', INTERNAL.status, 'UNEXPECTED');
        logger.error({ err: error }, 'webhook failed unexpectedly');
        return INTERNAL;
      } finally {
        metrics.processingDuration.observe({ operation: 'webhook' }, (clock.monotonicMs() - startMs) / 1_000);
      }
    },
    tooLarge(source) {
      const label = sourceLabel(options.table(), source);
      count(label, 413, 'TOO_LARGE');
      logger.warn({ source: label, status: 413, reason: 'TOO_LARGE' }, 'webhook refused');
    },
    overloaded: () => count('unknown', 503, 'OVERLOADED'),
    unexpected: (error) => logger.error({ err: error }, 'request failed unexpectedly'),
    acceptanceLost: (error) =>
      logger.warn({ err: error }, 'acceptance of a nonce not noted; a copy of the request would be dropped by the bus'),
  };
}

/** A trace that began at the sender goes on; anything else than a W3C trace context is dropped. */
function carrierOf(headers: IncomingHttpHeaders): Carrier {
  const { traceparent } = headers;
  return typeof traceparent === 'string' && TRACEPARENT_PATTERN.test(traceparent) ? { traceparent } : {};
}
