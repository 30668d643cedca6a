/**
 * Requests over one private inbox, for publications with acknowledgement and for the JetStream API.
 *
 * Costs less than the requests of the client library: no timer object, error object or random token for each request. When the connection
 * breaks, every waiting request fails at once instead of at its timeout.
 */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { errors, type Msg, type MsgHdrs, type Payload } from '@nats-io/nats-core';
import type { Connection } from './connection.ts';

const STATUS_NO_RESPONDERS = 503;

export interface Requester {
  /** JetStream's API begins with it. */
  readonly apiPrefix: string;
  /** @throws FlotillaError `BUS_UNAVAILABLE`, `BUS_NOT_PROVISIONED` (no service listens on the subject), `BUS_REFUSED` (no permission). */
  request(subject: string, payload: Payload, timeoutMs: number, headers?: MsgHdrs): Promise<Msg>;
}

interface Waiting {
  readonly subject: string;
  readonly resolve: (message: Msg) => void;
  readonly reject: (error: FlotillaError) => void;
  readonly cancelTimer: () => void;
}

export function makeRequester(connection: Connection): Requester {
  const inbox = connection.makeInbox();
  const waiting = new Map<string, Waiting>();
  let counter = 0;

  const take = (token: string): Waiting | undefined => {
    const entry = waiting.get(token);
    waiting.delete(token);
    entry?.cancelTimer();
    return entry;
  };

  connection.subscribe(`${inbox}.*`, (message) => {
    const entry = take(message.subject.slice(inbox.length + 1));
    if (entry === undefined) return;
    if (message.headers?.code === STATUS_NO_RESPONDERS && message.data.length === 0) {
      entry.reject(
        new FlotillaError('BUS_NOT_PROVISIONED', `expected a stream or service on ${entry.subject}, found that none listens there`),
      );
    } else {
      entry.resolve(message);
    }
  });

  connection.listen({
    onDisconnect() {
      for (const token of waiting.keys()) {
        take(token)?.reject(
          new FlotillaError('BUS_UNAVAILABLE', 'the connection to NATS broke before the answer came; the outcome is unknown'),
        );
      }
    },
    onPublishRefused(subject) {
      for (const [token, entry] of waiting) {
        if (entry.subject !== subject) continue;
        take(token)?.reject(new FlotillaError('BUS_REFUSED', `expected permission to publish on ${subject}, found none for this user`));
      }
    },
  });

  return {
    apiPrefix: connection.apiPrefix,
    request(subject, payload, timeoutMs, headers) {
      return new Promise((resolve, reject) => {
        const live = connection.live();
        const token = (counter += 1).toString(36);
        const cancelTimer = connection.clock.after(timeoutMs, () => {
          take(token)?.reject(new FlotillaError('BUS_UNAVAILABLE', `expected an answer on ${subject} within ${timeoutMs} ms, found none`));
        });
        waiting.set(token, { subject, resolve, reject, cancelTimer });
        try {
          live.publish(subject, payload, { reply: `${inbox}.${token}`, ...(headers === undefined ? {} : { headers }) });
        } catch (cause) {
          take(token)?.reject(toPublishError(subject, cause));
        }
      });
    },
  };
}

/** The client throws at once for a message that can never be sent, and while it is closing. */
function toPublishError(subject: string, cause: unknown): FlotillaError {
  if (cause instanceof errors.InvalidArgumentError || cause instanceof errors.InvalidSubjectError) {
    return new FlotillaError('BUS_REFUSED', `expected a message that ${subject} can take, found: ${cause.message}`, { cause });
  }
  return new FlotillaError('BUS_UNAVAILABLE', 'expected an open connection to NATS, found it closing', { cause });
}
