/** HTTP to one API server: sockets, deadlines, Retry-After, and a second try after 401. */
import { AssertionError } from '@flotilla/contracts/errors/assert.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { Agent as HttpAgent, Dispatcher } from 'undici';
import { ClusterError, type StatusBody } from './cluster-error.ts';
import type { Connection, TlsMaterial } from './connection.ts';
import { Agent, buildConnector, sendRequest } from './http-client.ts';
import { linkedAbort } from './linked-abort.ts';
import type { RequestMetrics } from './request-metrics.ts';

/** Bound on sockets for requests; further requests wait for one. Each watch and the urgent requests have sockets of their own. */
export const REQUEST_SOCKETS_MAX = 7;
const REQUEST_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 60_000;
/** Bound on sends of one request while the server answers 429 or 503 with Retry-After. */
const RETRY_AFTER_TRIES_MAX = 5;
const RETRY_AFTER_MS_MAX = 30_000;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface ClusterRequest {
  readonly method: Method;
  /** Starts with `/`; without a query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
  readonly accept?: string;
  /** Time from the send to the last byte of the answer. Default 30 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Sends over the socket for urgent requests, so that the request never waits behind a backlog. */
  readonly urgent?: boolean | undefined;
  /** Called right before each send, after the wait for a socket. When it throws, the request is not sent and rejects with that error. */
  readonly beforeSend?: (() => void) | undefined;
}

export interface Transport {
  /** The parsed answer of a 2xx. @throws ClusterError */
  request(request: ClusterRequest): Promise<unknown>;
  /** The body of a 2xx as it arrives, until the server ends it or the signal aborts. @throws ClusterError */
  stream(request: ClusterRequest & { readonly signal: AbortSignal }): Promise<AsyncIterable<Uint8Array>>;
  /** Closes every socket. */
  close(): Promise<void>;
}

/**
 * Three shared agents: a bounded pool for requests, one socket for urgent requests, and one socket for each watch, so that watches never starve
 * requests.
 *
 * HTTP/1.1, because on one multiplexed connection a lost packet or a half-open peer would stall every watch and write together.
 */
export function makeTransport(connection: Connection, clock: Clock, userAgent: string, metrics?: RequestMetrics): Transport {
  const agents = makeAgents(connection);
  const closing = new AbortController();
  const sender = { connection, clock, userAgent, metrics };

  const requestOnce = async (request: ClusterRequest): Promise<unknown> => {
    const timeoutMs = request.timeoutMs ?? REQUEST_TIMEOUT_MS;
    const link = linkedAbort([closing.signal, request.signal]);
    const cancel = clock.after(timeoutMs, () => link.abort(new Error(`no answer within ${timeoutMs} ms`)));
    try {
      const answer = await send(sender, request.urgent === true ? agents.urgent : agents.requests, request, link.signal);
      const text = await answer.body.text();
      if (answer.statusCode >= 200 && answer.statusCode < 300) return text === '' ? undefined : JSON.parse(text);
      throw refused(request, answer, text);
    } catch (error) {
      throw unanswered(request, error);
    } finally {
      cancel();
      link.end();
    }
  };

  return {
    async request(request) {
      for (let tries = 1; ; tries += 1) {
        try {
          return await requestOnce(request);
        } catch (error) {
          if (!(error instanceof ClusterError) || error.retryAfterMs === undefined || tries >= RETRY_AFTER_TRIES_MAX) throw error;
          await clock.sleep(Math.min(error.retryAfterMs, RETRY_AFTER_MS_MAX), request.signal);
        }
      }
    },
    async stream(request) {
      const timeoutMs = request.timeoutMs ?? REQUEST_TIMEOUT_MS;
      const opening = new AbortController();
      const cancel = clock.after(timeoutMs, () => opening.abort(new Error(`no answer within ${timeoutMs} ms`)));
      try {
        const answer = await send(sender, agents.watches, request, AbortSignal.any([opening.signal, closing.signal, request.signal]));
        if (answer.statusCode >= 200 && answer.statusCode < 300) return answer.body;
        throw refused(request, answer, await answer.body.text());
      } catch (error) {
        throw unanswered(request, error);
      } finally {
        cancel();
      }
    },
    async close() {
      closing.abort(new Error('the connection to the API server was closed'));
      await Promise.all([agents.requests.destroy(), agents.urgent.destroy(), agents.watches.destroy()]);
    },
  };
}

interface Agents {
  readonly requests: Dispatcher;
  readonly urgent: Dispatcher;
  readonly watches: Dispatcher;
}

function makeAgents(connection: Connection): Agents {
  const options: HttpAgent.Options = {
    allowH2: false,
    // Certificates are read for each new socket, so that a rotated CA or client certificate takes effect.
    connect(socket, callback) {
      let material: TlsMaterial;
      try {
        material = connection.tls();
      } catch (error) {
        callback(error as Error, null);
        return;
      }
      buildConnector({ allowH2: false, timeout: CONNECT_TIMEOUT_MS, ...material })(socket, callback);
    },
    keepAliveTimeout: KEEP_ALIVE_MS,
    // The transport bounds both by its own timers on the injected clock.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  return {
    requests: new Agent({ ...options, connections: REQUEST_SOCKETS_MAX }).compose(callBeforeSend),
    urgent: new Agent({ ...options, connections: 1 }).compose(callBeforeSend),
    watches: new Agent(options),
  };
}

interface Sender {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly metrics: RequestMetrics | undefined;
}

/** Sends a second time with fresh credentials after 401. */
async function send(sender: Sender, agent: Dispatcher, request: ClusterRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  const answer = await sendOnce(sender, agent, request, { signal, refresh: false });
  if (answer.statusCode !== 401) return answer;
  await answer.body.dump();
  return sendOnce(sender, agent, request, { signal, refresh: true });
}

async function sendOnce(
  { connection, clock, userAgent, metrics }: Sender,
  agent: Dispatcher,
  request: ClusterRequest,
  { signal, refresh }: { readonly signal: AbortSignal; readonly refresh: boolean },
): Promise<Dispatcher.ResponseData> {
  const authorization = await connection.authorization({ refresh });
  const options: Guarded & Dispatcher.RequestOptions = {
    origin: connection.origin,
    path: `${connection.pathPrefix}${request.path}${queryString(request.query)}`,
    method: request.method,
    headers: {
      accept: request.accept ?? 'application/json',
      'user-agent': userAgent,
      ...(authorization === undefined ? {} : { authorization }),
      ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
    },
    body: request.body === undefined ? null : JSON.stringify(request.body),
    signal,
    beforeSend: request.beforeSend,
  };
  const { host } = new URL(connection.origin);
  const sentAtMs = clock.monotonicMs();
  let statusCode = 0;
  try {
    const answer = await sendRequest(agent, options);
    statusCode = answer.statusCode;
    return answer;
  } finally {
    metrics?.answered({ method: request.method, host }, statusCode, clock.monotonicMs() - sentAtMs);
  }
}

interface Guarded {
  readonly beforeSend?: (() => void) | undefined;
}

/** undici calls `onRequestStart` when it has a socket and is about to write. An error that is thrown there stops the request before it is sent. */
const callBeforeSend: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
  const { beforeSend } = options as Guarded;
  if (beforeSend !== undefined) {
    const start = handler.onRequestStart?.bind(handler);
    handler.onRequestStart = (controller, context) => {
      beforeSend();
      start?.(controller, context);
    };
  }
  return dispatch(options, handler);
};

function queryString(query: ClusterRequest['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) parameters.set(name, String(value));
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

function refused(request: ClusterRequest, answer: Dispatcher.ResponseData, text: string): ClusterError {
  let status: StatusBody | undefined;
  try {
    const body = JSON.parse(text) as { readonly kind?: string } & StatusBody;
    if (body.kind === 'Status') status = body;
  } catch {
    // A proxy answered with a page of its own: the status code is all there is.
  }
  const said = status?.message ?? (text.slice(0, 200) || 'no message');
  const retryAfterMs = answer.statusCode === 429 || answer.statusCode === 503 ? retryAfter(answer.headers['retry-after']) : undefined;
  return new ClusterError(`${request.method} ${request.path}: API server answered ${answer.statusCode}: ${said}`, {
    statusCode: answer.statusCode,
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function retryAfter(header: string | readonly string[] | undefined): number | undefined {
  const seconds = typeof header === 'string' && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
  return seconds === undefined ? undefined : seconds * 1_000;
}

function unanswered(request: ClusterRequest, error: unknown): unknown {
  if (error instanceof FlotillaError || error instanceof AssertionError || request.signal?.aborted === true) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new ClusterError(`${request.method} ${request.path}: no usable answer from the API server: ${why}`, {
    statusCode: 0,
    cause: error,
  });
}
