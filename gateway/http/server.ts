/**
 * The HTTP server of webhooks, for gateway.ts. Health and metrics have a server and a port of their own.
 *
 * Nothing that the server logs, counts or answers holds a URL, because a URL may hold a secret.
 */
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { WEBHOOK_BODY_BYTES_MAX } from '@flotilla/contracts';
import {
  type Answer,
  BAD_REQUEST,
  INTERNAL,
  METHOD_NOT_ALLOWED,
  NOT_FOUND,
  OVERLOADED,
  TOO_LARGE,
  UNAUTHORIZED,
} from '../webhook/answer.ts';
import type { WebhookRequest } from '../webhook/authenticate.ts';
import { keepPathBytes, segmentBytes } from './path-bytes.ts';

export interface ServerOptions {
  readonly receive: (request: WebhookRequest, headers: FastifyRequest['headers']) => Promise<Answer>;
  /** A body above the bound was refused before its source was authenticated. */
  readonly onTooLarge: (source: string) => void;
  readonly onOverloaded: () => void;
  readonly onUnexpected: (error: unknown) => void;
  /** True while the gateway stops: each answer then closes its connection, so that the sender makes its next one elsewhere. */
  readonly stopping: () => boolean;
  /** Open connections above which a request gets 503. Default {@link CONNECTIONS_SERVED_MAX}. */
  readonly connectionsServedMax?: number;
}

interface WebhookParams {
  readonly source: string;
  readonly secret?: string;
}

/** How long a client may take to send its request; slower ones hold a connection for nothing. */
const REQUEST_TIMEOUT_MS = 10_000;
/** Longest path segment: 63 characters for a source, and room for a secret. A longer segment matches no route. */
const SEGMENT_CHARACTERS_MAX = 512;
const CONNECTIONS_SERVED_MAX = 1_024;
/** The server resets connections beyond this number; those between the two bounds get 503. */
const CONNECTIONS_OPEN_FACTOR = 4;
/** Every path of a webhook, whether its source exists or not. */
const WEBHOOK_PATH_PATTERN = /^\/webhook\/[^/?]+(\/[^/?]+)?(\?|$)/;

export function makeServer(options: ServerOptions): FastifyInstance {
  const { connectionsServedMax = CONNECTIONS_SERVED_MAX } = options;
  const server = fastify({
    logger: false,
    bodyLimit: WEBHOOK_BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: SEGMENT_CHARACTERS_MAX },
    // Bus and store stay open until this server is closed, so a late request is served like any other.
    return503OnClosing: false,
    rewriteUrl: ({ url = '/' }) => keepPathBytes(url),
    forceCloseConnections: 'idle',
    // The default answers repeat the URL.
    frameworkErrors: (_error, _request, reply: FastifyReply) => void send(reply, BAD_REQUEST),
  });
  server.server.maxConnections = CONNECTIONS_OPEN_FACTOR * connectionsServedMax;
  // The signature covers raw bytes, so the body stays bytes whatever its content type is.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  const openConnections = countConnections(server);
  server.addHook('onRequest', async (_request, reply) => {
    const isOverloaded = openConnections() > connectionsServedMax;
    if (isOverloaded || options.stopping()) reply.header('connection', 'close');
    if (!isOverloaded) return;
    options.onOverloaded();
    await send(reply, OVERLOADED);
  });

  const handler = async (request: FastifyRequest<{ Params: WebhookParams }>, reply: FastifyReply): Promise<void> =>
    send(reply, await options.receive(webhookRequestOf(request), request.headers));
  server.post<{ Params: WebhookParams }>('/webhook/:source', handler);
  server.post<{ Params: WebhookParams }>('/webhook/:source/:secret', handler);

  server.setNotFoundHandler(async (request, reply) => {
    if (!WEBHOOK_PATH_PATTERN.test(request.url)) return send(reply, NOT_FOUND);
    reply.header('allow', 'POST');
    await send(reply, METHOD_NOT_ALLOWED);
  });

  server.setErrorHandler(async (error: unknown, request, reply) => {
    const answer = answerError(error);
    if (answer === TOO_LARGE) options.onTooLarge((request.params as Partial<WebhookParams> | undefined)?.source ?? '');
    if (answer === INTERNAL) options.onUnexpected(error);
    await send(reply, answer);
  });
  return server;
}

function countConnections(server: FastifyInstance): () => number {
  let open = 0;
  server.server.on('connection', (socket) => {
    open += 1;
    socket.once('close', () => {
      open -= 1;
    });
  });
  return () => open;
}

function webhookRequestOf(request: FastifyRequest<{ Params: WebhookParams }>): WebhookRequest {
  return {
    source: request.params.source,
    pathSecret: request.params.secret === undefined ? undefined : segmentBytes(request.params.secret),
    rawHeaders: request.raw.rawHeaders,
    socketAddress: request.raw.socket.remoteAddress ?? '',
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  };
}

async function send(reply: FastifyReply, answer: Answer): Promise<void> {
  if (answer.retryAfterS !== undefined) reply.header('retry-after', String(answer.retryAfterS));
  await reply.code(answer.status).header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(answer.body));
}

function answerError(error: unknown): Answer {
  const { code, statusCode } = error as { readonly code?: string; readonly statusCode?: number };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return TOO_LARGE;
  // A request without a body, or with a content type that cannot be read, has no right signature.
  if (code?.startsWith('FST_ERR_CTP_') === true) return UNAUTHORIZED;
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500 ? BAD_REQUEST : INTERNAL;
}
