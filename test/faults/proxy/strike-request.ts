/** The effect of each request fault of a plan on a request and on its answer. */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestFault } from '../plan.ts';
import { type Answer, answerWith, BY_PLAN, JSON_TYPE, refuse } from './answers.ts';
import type { ApiRequest } from './api-request.ts';

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

/** A request that a fault strikes. */
export interface Struck {
  readonly request: ApiRequest;
  readonly outgoing: ServerResponse;
  readonly path: string;
  readonly cut: () => void;
  readonly forward: (path?: string) => Promise<Answer>;
  readonly hooks: ProxyHooks;
  /** Lets every watch expire, and waits until the caches have requested new lists. */
  readonly relist: () => Promise<void>;
  /** Notes a request that never reached the server. */
  readonly log: (request: LoggedRequest) => void;
}

export async function strikeRequest(fault: RequestFault, struck: Struck): Promise<void> {
  const { request, outgoing, cut, forward } = struck;
  switch (fault.kind) {
    case 'crash':
      if (fault.side === 'after') await forward();
      await struck.hooks.crash();
      return cut();
    case 'lost':
      await forward();
      return cut();
    case 'reset':
      return cut();
    case 'half-open':
      if (fault.delivered && request.verb !== 'watch') await forward();
      await sleep(fault.ms);
      return cut();
    case 'refused':
    case 'outage': {
      const { statusCode } = fault;
      struck.log({ request, body: '', statusCode, answer: BY_PLAN, atMs: Date.now() });
      return refuse(outgoing, statusCode, fault.kind === 'refused' ? fault.retryAfterSeconds : undefined);
    }
    case 'truncated':
      return truncate(struck);
    case 'stale':
      return answerStale(fault.back, struck);
    case 'relist': {
      if (fault.side === 'before') await struck.relist();
      const answer = await forward();
      if (fault.side === 'after') await struck.relist();
      return answerWith(outgoing, answer);
    }
    case 'freeze': {
      const frozen = struck.hooks.freeze(fault.ms);
      if (fault.side === 'before') await frozen;
      return answerWith(outgoing, await forward());
    }
    case 'recreate': {
      if (fault.side === 'before') await struck.hooks.recreate(request, fault.target);
      const answer = await forward();
      if (fault.side === 'after') await struck.hooks.recreate(request, fault.target);
      return answerWith(outgoing, answer);
    }
  }
}

async function truncate({ outgoing, forward, cut }: Struck): Promise<void> {
  const answer = await forward();
  outgoing.writeHead(answer.statusCode || 500, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(answer.body),
  });
  outgoing.write(answer.body.slice(0, answer.body.length / 2));
  await sleep(20);
  cut();
}

async function answerStale(back: number, { request, outgoing, forward, path, hooks }: Struck): Promise<void> {
  if (request.verb === 'get') {
    const object = hooks.staleObject(request, back);
    return object === undefined
      ? refuse(outgoing, 404)
      : answerWith(outgoing, { statusCode: 200, headers: JSON_TYPE, body: JSON.stringify(object) });
  }
  const version = hooks.staleVersion(request.resource, back);
  const exact = `${path}${path.includes('?') ? '&' : '?'}resourceVersion=${version}&resourceVersionMatch=Exact`;
  answerWith(outgoing, await forward(exact));
}
