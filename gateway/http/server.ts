/** The HTTP server: webhooks and health on one port. Nothing that it logs, counts or answers holds a URL, which may hold a secret. */
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { WEBHOOK_BODY_BYTES_MAX } from '@flotilla/contracts';
import { type Answer, BAD_REQUEST, INTERNAL, NOT_FOUND, TOO_LARGE, UNAUTHORIZED } from '../webhook/answer.ts';
import type { WebhookRequest } from '../webhook/authenticate.ts';

export interface ServerOptions {
  readonly receive: (request: WebhookRequest, headers: FastifyRequest['headers']) => Promise<Answer>;
  /** A body above the bound was refused before anyone looked at it. */
  readonly onTooLarge: (source: string) => void;
  readonly onUnexpected: (error: unknown) => void;
  readonly health: (path: string) => Promise<{ readonly status: number; readonly contentType: string; readonly body: string } | undefined>;
}

interface WebhookParams {
  readonly source: string;
  readonly secret?: string;
}

/** How long a client may take to send its request; slower ones hold a connection for nothing. */
const REQUEST_TIMEOUT_MS = 10_000;
/** Longest path segment: 63 for a source, and room for a secret. Longer ones are no route. */
const SEGMENT_CHARACTERS_MAX = 512;
const CONNECTIONS_MAX = 1_024;

export function makeServer(options: ServerOptions): FastifyInstance {
  const server = fastify({
    logger: false,
    bodyLimit: WEBHOOK_BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: SEGMENT_CHARACTERS_MAX },
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    // The default answers repeat the URL.
    frameworkErrors: (_error, _request, reply: FastifyReply) => void send(reply, BAD_REQUEST),
  });
  server.server.maxConnections = CONNECTIONS_MAX;
  // The signature covers raw bytes, so whatever the content type is, bytes it stays.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  const handler = async (request: FastifyRequest<{ Params: WebhookParams }>, reply: FastifyReply): Promise<void> => {
    const answer = await options.receive(
      {
        source: request.params.source,
        pathSecret: request.params.secret,
        rawHeaders: request.raw.rawHeaders,
        socketAddress: request.raw.socket.remoteAddress ?? '',
        body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
      },
      request.headers,
    );
    await send(reply, answer);
  };
  server.post<{ Params: WebhookParams }>('/webhook/:source', handler);
  server.post<{ Params: WebhookParams }>('/webhook/:source/:secret', handler);

  server.setNotFoundHandler(async (request, reply) => {
    const found = request.method === 'GET' ? await options.health(request.url.split('?', 1)[0] ?? '') : undefined;
    if (found === undefined) await send(reply, NOT_FOUND);
    else await reply.code(found.status).header('content-type', found.contentType).send(found.body);
  });

  server.setErrorHandler(async (error: unknown, request, reply) => {
    const answer = answerError(error);
    if (answer === TOO_LARGE) options.onTooLarge((request.params as Partial<WebhookParams> | undefined)?.source ?? '');
    if (answer === INTERNAL) options.onUnexpected(error);
    await send(reply, answer);
  });
  return server;
}

async function send(reply: FastifyReply, answer: Answer): Promise<void> {
  if (answer.retryAfterS !== undefined) reply.header('retry-after', String(answer.retryAfterS));
  await reply.code(answer.status).header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(answer.body));
}

function answerError(error: unknown): Answer {
  const { code, statusCode } = error as { readonly code?: string; readonly statusCode?: number };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return TOO_LARGE;
  // No signature is right for a request without a body or with a content type that cannot be read.
  if (code?.startsWith('FST_ERR_CTP_') === true) return UNAUTHORIZED;
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500 ? BAD_REQUEST : INTERNAL;
}
