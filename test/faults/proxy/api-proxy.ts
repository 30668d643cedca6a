/** A proxy between an operator and the API server. Every request and every event passes it, and the faults of the plan apply here. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, answerWith, refuse } from './answers.ts';
import { type ApiRequest, parseApiRequest } from './api-request.ts';
import { type FaultEngine, makeFaultEngine } from './fault-engine.ts';
import { type LoggedRequest, type ProxyHooks, strikeRequest } from './strike-request.ts';
import { makeUpstream, type UpstreamOptions } from './upstream.ts';

/** Within this time the new lists of the caches reach the delayed write. */
const RELIST_MS = 150;

export interface ApiProxy {
  readonly port: number;
  /** Starts another plan with an empty log. */
  begin(engine: FaultEngine): void;
  readonly log: readonly LoggedRequest[];
  readonly engine: FaultEngine;
  /** Requests that a fault holds at the moment. */
  readonly held: number;
  /** Redirects this client to a lease of another name, so that it has no competitor. Undefined restores the real name. */
  renameLease(name: string | undefined): void;
  stop(): Promise<void>;
}

export interface ApiProxyOptions extends UpstreamOptions {
  readonly hooks: ProxyHooks;
}

export async function startApiProxy({ target, user, hooks }: ApiProxyOptions): Promise<ApiProxy> {
  const upstream = makeUpstream({ target, user });
  /** Resources whose watches cannot go on where they were: a 410 lasts until the next list. */
  const forgotten = new Set<string>();
  let engine = makeFaultEngine([]);
  let log: LoggedRequest[] = [];
  let lease: string | undefined;
  let held = 0;

  const relist = async (): Promise<void> => {
    upstream.expireWatches();
    await sleep(RELIST_MS);
  };

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await readAll(incoming);
    const request = parseApiRequest(incoming.method ?? 'GET', incoming.url ?? '/', body);
    const path = leasePath(incoming.url ?? '/', lease);
    if (request === undefined) return answerWith(outgoing, await upstream.ask(incoming, path, body));
    const fault = engine.request(request);
    const cut = (): void => void incoming.socket.destroy();
    const forward = async (askedPath = path): Promise<Answer> => {
      const answer = await upstream.ask(incoming, askedPath, leaseBody(body, request, lease));
      log.push({ request, body, statusCode: answer.statusCode, answer: answer.body, atMs: Date.now() });
      return answer;
    };
    if (request.verb === 'list') forgotten.delete(request.resource);
    if (fault === undefined) {
      if (request.verb === 'watch' && forgotten.has(request.resource)) return refuse(outgoing, 410);
      if (request.verb === 'watch') {
        const { resource } = request;
        const events = { fault: () => engine.event(resource), forgotten: () => void forgotten.add(resource) };
        return upstream.relayWatch(incoming, outgoing, path, events);
      }
      const answer = await forward();
      return answer.statusCode === 0 ? cut() : answerWith(outgoing, answer);
    }
    held += 1;
    await strikeRequest(fault, { request, outgoing, cut, forward, path, hooks, relist, log: (entry) => void log.push(entry) }).finally(
      () => {
        held -= 1;
      },
    );
  };

  const server = await startServer(handle);
  return {
    port: server.port,
    begin(next) {
      engine = next;
      forgotten.clear();
      log = [];
    },
    get log() {
      return log;
    },
    get held() {
      return held;
    },
    get engine() {
      return engine;
    },
    renameLease: (name) => void (lease = name),
    async stop() {
      await server.stop();
      upstream.stop();
    },
  };
}

/** Serves on a free port. Stopping breaks every connection. */
async function startServer(
  handle: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>,
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((incoming, outgoing) => {
    outgoing.on('error', () => undefined);
    handle(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('expected a TCP address');
  return {
    port: address.port,
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function leasePath(path: string, lease: string | undefined): string {
  return lease === undefined ? path : path.replace(/(\/leases\/)[^/?]+/, `$1${lease}`);
}

function leaseBody(body: string, request: ApiRequest, lease: string | undefined): string {
  if (lease === undefined || request.resource !== 'leases' || body === '') return body;
  const object = JSON.parse(body) as { readonly metadata?: object };
  return JSON.stringify({ ...object, metadata: { ...object.metadata, name: lease } });
}

async function readAll(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
