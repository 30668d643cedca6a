/** A proxy between an operator and the API server. Every request and every event passes it, and the faults of the plan apply here. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import { makeLineSplitter } from '@flotilla/kube/mod.ts';
import type { RequestFault } from '../plan.ts';
import { type ApiRequest, parseApiRequest } from './api-request.ts';
import { type FaultEngine, makeFaultEngine } from './fault-engine.ts';
import { makeWatchRelay, type WatchRelay } from './watch-relay.ts';

/** Within this time the new lists of the caches reach the delayed write. */
const RELIST_MS = 150;

/** One request of the operator with the answer of the API server. Status 0 means that the request never reached the server. */
export interface LoggedRequest {
  readonly request: ApiRequest;
  readonly body: string;
  readonly statusCode: number;
  readonly answer: string;
  readonly atMs: number;
}

/** The actions that a fault needs in addition to the connection. */
export interface ProxyHooks {
  /** kill -9, and a new process. */
  crash(): Promise<void>;
  /** Sends SIGSTOP. Resolves when the process continues. */
  freeze(ms: number): Promise<void>;
  /** A resource version of this kind, `back` changes ago. */
  staleVersion(resource: string, back: number): string;
  /** An object as it was `back` changes ago; undefined when it did not exist then. */
  staleObject(request: ApiRequest, back: number): object | undefined;
  recreate(request: ApiRequest, target: 'object' | 'owner'): Promise<void>;
}

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

export interface ApiProxyOptions {
  readonly target: { readonly port: number; readonly token: string };
  /** The user whose rights count. */
  readonly user: string;
  readonly hooks: ProxyHooks;
}

export async function startApiProxy({ target, user, hooks }: ApiProxyOptions): Promise<ApiProxy> {
  const agent = new Agent({ keepAlive: true, maxSockets: 100, rejectUnauthorized: false });
  const sockets = new Set<Socket>();
  const relays = new Set<WatchRelay>();
  /** Resources whose watches cannot go on where they were: a 410 lasts until the next list. */
  const forgotten = new Set<string>();
  let engine = makeFaultEngine([]);
  let log: LoggedRequest[] = [];
  let lease: string | undefined;
  let held = 0;

  const upstreamOptions = (incoming: IncomingMessage, path: string, body: string): RequestOptions => ({
    host: '127.0.0.1',
    port: target.port,
    agent,
    method: incoming.method ?? 'GET',
    path,
    headers: {
      ...incoming.headers,
      host: '127.0.0.1',
      authorization: `Bearer ${target.token}`,
      'impersonate-user': user,
      ...(body === '' ? {} : { 'content-length': Buffer.byteLength(body) }),
    },
  });

  /** The whole answer; status 0 when there was none. */
  const ask = (incoming: IncomingMessage, path: string, body: string): Promise<Answer> =>
    new Promise((resolve) => {
      const upstream = httpsRequest(upstreamOptions(incoming, path, body), (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ statusCode: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString('utf8') }),
        );
        answer.on('error', () => resolve(NO_ANSWER));
      });
      upstream.on('error', () => resolve(NO_ANSWER));
      upstream.end(body);
    });

  const relayWatch = (incoming: IncomingMessage, outgoing: ServerResponse, path: string, resource: string): void => {
    const upstream = httpsRequest(upstreamOptions(incoming, path, ''), (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, { 'content-type': answer.headers['content-type'] ?? 'application/json' });
      outgoing.flushHeaders();
      const relay = makeWatchRelay({
        fault: () => engine.event(resource),
        write: (text) => void outgoing.write(text),
        end: () => void outgoing.end(),
        forgotten: () => void forgotten.add(resource),
        destroy: () => void incoming.socket.destroy(),
      });
      relays.add(relay);
      const split = makeLineSplitter();
      answer.on('data', (chunk: Buffer) => {
        if (answer.statusCode === 200) for (const line of split(chunk)) relay.take(line);
        else outgoing.write(chunk);
      });
      answer.on('end', () => outgoing.end());
      answer.on('error', () => incoming.socket.destroy());
      outgoing.on('close', () => {
        relay.close();
        relays.delete(relay);
        upstream.destroy();
      });
    });
    upstream.on('error', () => incoming.socket.destroy());
    upstream.end();
  };

  const relist = async (): Promise<void> => {
    for (const relay of relays) relay.expire();
    await wait(RELIST_MS);
  };

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await readAll(incoming);
    const request = parseApiRequest(incoming.method ?? 'GET', incoming.url ?? '/', body);
    const path = leasePath(incoming.url ?? '/', lease);
    if (request === undefined) return answerWith(outgoing, await ask(incoming, path, body));
    const fault = engine.request(request);
    const cut = (): void => void incoming.socket.destroy();
    const forward = async (askedPath = path): Promise<Answer> => {
      const answer = await ask(incoming, askedPath, leaseBody(body, request, lease));
      log.push({ request, body, statusCode: answer.statusCode, answer: answer.body, atMs: Date.now() });
      return answer;
    };
    if (request.verb === 'list') forgotten.delete(request.resource);
    if (fault === undefined) {
      if (request.verb === 'watch' && forgotten.has(request.resource)) return refuse(outgoing, 410);
      if (request.verb === 'watch') return relayWatch(incoming, outgoing, path, request.resource);
      const answer = await forward();
      return answer.statusCode === 0 ? cut() : answerWith(outgoing, answer);
    }
    held += 1;
    await strike(fault, { request, outgoing, cut, forward, path }).finally(() => {
      held -= 1;
    });
  };

  const strike = async (fault: RequestFault, { request, outgoing, cut, forward, path }: Struck): Promise<void> => {
    switch (fault.kind) {
      case 'crash':
        if (fault.side === 'after') await forward();
        await hooks.crash();
        return cut();
      case 'lost':
        await forward();
        return cut();
      case 'reset':
        return cut();
      case 'half-open':
        if (fault.delivered && request.verb !== 'watch') await forward();
        await wait(fault.ms);
        return cut();
      case 'refused':
      case 'outage': {
        const { statusCode } = fault;
        log.push({ request, body: '', statusCode, answer: BY_PLAN, atMs: Date.now() });
        return refuse(outgoing, statusCode, fault.kind === 'refused' ? fault.retryAfterSeconds : undefined);
      }
      case 'truncated': {
        const answer = await forward();
        outgoing.writeHead(answer.statusCode || 500, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(answer.body),
        });
        outgoing.write(answer.body.slice(0, answer.body.length / 2));
        await wait(20);
        return cut();
      }
      case 'stale': {
        if (request.verb === 'get') {
          const object = hooks.staleObject(request, fault.back);
          return object === undefined
            ? refuse(outgoing, 404)
            : answerWith(outgoing, { statusCode: 200, headers: JSON_TYPE, body: JSON.stringify(object) });
        }
        const version = hooks.staleVersion(request.resource, fault.back);
        const exact = `${path}${path.includes('?') ? '&' : '?'}resourceVersion=${version}&resourceVersionMatch=Exact`;
        return answerWith(outgoing, await forward(exact));
      }
      case 'relist': {
        if (fault.side === 'before') await relist();
        const answer = await forward();
        if (fault.side === 'after') await relist();
        return answerWith(outgoing, answer);
      }
      case 'freeze': {
        const frozen = hooks.freeze(fault.ms);
        if (fault.side === 'before') await frozen;
        return answerWith(outgoing, await forward());
      }
      case 'recreate': {
        if (fault.side === 'before') await hooks.recreate(request, fault.target);
        const answer = await forward();
        if (fault.side === 'after') await hooks.recreate(request, fault.target);
        return answerWith(outgoing, answer);
      }
    }
  };

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
    renameLease: (name) => {
      lease = name;
    },
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
      agent.destroy();
    },
  };
}

interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

interface Struck {
  readonly request: ApiRequest;
  readonly outgoing: ServerResponse;
  readonly path: string;
  readonly cut: () => void;
  readonly forward: (path?: string) => Promise<Answer>;
}

/** The answer of a refusal that the proxy makes itself. */
export const BY_PLAN = 'refused by the fault plan';
const NO_ANSWER: Answer = { statusCode: 0, headers: {}, body: '' };
const JSON_TYPE = { 'content-type': 'application/json' };
const REASONS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

function answerWith(outgoing: ServerResponse, { statusCode, headers, body }: Answer): void {
  const contentType = headers['content-type'];
  const retryAfter = headers['retry-after'];
  outgoing
    .writeHead(statusCode, {
      'content-type': typeof contentType === 'string' ? contentType : 'application/json',
      ...(typeof retryAfter === 'string' ? { 'retry-after': retryAfter } : {}),
    })
    .end(body);
}

function refuse(outgoing: ServerResponse, statusCode: number, retryAfterSeconds?: number): void {
  const headers = { ...JSON_TYPE, ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }) };
  const reason = REASONS[statusCode] ?? 'Unknown';
  const body = JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: statusCode, reason, message: BY_PLAN });
  answerWith(outgoing, { statusCode, headers, body });
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

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
