/** Sends the requests of an operator on to the API server, with the rights of the operator's user. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { makeLineSplitter } from '@flotilla/kube/mod.ts';
import { type Answer, NO_ANSWER } from './answers.ts';
import { makeWatchRelay, type WatchRelay, type WatchRelayOptions } from './watch-relay.ts';

export interface Upstream {
  /** The whole answer; status 0 when there was none. */
  ask(incoming: IncomingMessage, path: string, body: string): Promise<Answer>;
  /** Passes the events of a watch on until one side ends. */
  relayWatch(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    path: string,
    events: Pick<WatchRelayOptions, 'fault' | 'forgotten'>,
  ): void;
  /** Ends every watch as a server does that no longer knows the resource version. */
  expireWatches(): void;
  stop(): void;
}

export interface UpstreamOptions {
  readonly target: { readonly port: number; readonly token: string };
  /** The user whose rights count. */
  readonly user: string;
}

export function makeUpstream({ target, user }: UpstreamOptions): Upstream {
  const agent = new Agent({ keepAlive: true, maxSockets: 100, rejectUnauthorized: false });
  const relays = new Set<WatchRelay>();
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

  return {
    ask: (incoming, path, body) =>
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
      }),
    relayWatch(incoming, outgoing, path, events) {
      const upstream = httpsRequest(upstreamOptions(incoming, path, ''), (answer) => {
        const relay = passEvents(incoming, outgoing, answer, events);
        relays.add(relay);
        outgoing.on('close', () => {
          relay.close();
          relays.delete(relay);
          upstream.destroy();
        });
      });
      upstream.on('error', () => incoming.socket.destroy());
      upstream.end();
    },
    expireWatches() {
      for (const relay of relays) relay.expire();
    },
    stop: () => agent.destroy(),
  };
}

function passEvents(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: IncomingMessage,
  events: Pick<WatchRelayOptions, 'fault' | 'forgotten'>,
): WatchRelay {
  outgoing.writeHead(answer.statusCode ?? 500, { 'content-type': answer.headers['content-type'] ?? 'application/json' });
  outgoing.flushHeaders();
  const relay = makeWatchRelay({
    ...events,
    write: (text) => void outgoing.write(text),
    end: () => void outgoing.end(),
    destroy: () => void incoming.socket.destroy(),
  });
  const split = makeLineSplitter();
  answer.on('data', (chunk: Buffer) => {
    if (answer.statusCode === 200) for (const line of split(chunk)) relay.take(line);
    else outgoing.write(chunk);
  });
  answer.on('end', () => outgoing.end());
  answer.on('error', () => incoming.socket.destroy());
  return relay;
}
