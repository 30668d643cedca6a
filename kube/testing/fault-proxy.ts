/** A proxy between a client and the real API server that breaks the requests and connections that a test names. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Socket } from 'node:net';

/** `reset`: cuts the connection before the request reaches the server. `lose`: cuts it after, so that the answer is lost. `hang`: never answers. */
export type Fault =
  | 'reset'
  | 'lose'
  | 'hang'
  | { readonly statusCode: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

export interface ProxiedRequest {
  readonly method: string;
  readonly url: URL;
  readonly isWatch: boolean;
  readonly authorization: string | undefined;
}

export interface FaultProxy {
  readonly kubeconfigPath: string;
  /** Called for each request. Undefined passes the request on unchanged. */
  decide(decision: (request: ProxiedRequest) => Fault | undefined): void;
  /** All requests in the order of their arrival. */
  readonly seen: readonly ProxiedRequest[];
  /** Cuts every open connection, watches too. */
  cutAll(): void;
  /** Keeps the watches that are open now, but passes no more events of them to the client. */
  muteWatches(): void;
  /** Connections opened since the start. */
  readonly connections: number;
  /** Most connections open at once. */
  readonly connectionsMax: number;
  stop(): Promise<void>;
}

export async function startFaultProxy(target: {
  readonly port: number;
  readonly token: string;
  readonly tokenFile?: string;
}): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  const watches = new Set<{ muted: boolean }>();
  const seen: ProxiedRequest[] = [];
  const counts = { connections: 0, connectionsMax: 0 };
  let decide: (request: ProxiedRequest) => Fault | undefined = () => undefined;

  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'http://proxy');
    const isWatch = url.searchParams.get('watch') === 'true';
    const request: ProxiedRequest = { method: incoming.method ?? 'GET', url, isWatch, authorization: incoming.headers.authorization };
    seen.push(request);
    const fault = decide(request);
    if (fault === 'hang') return;
    if (fault === 'reset') return void incoming.socket.destroy();
    if (fault === undefined || fault === 'lose')
      return forward(incoming, outgoing, { port: target.port, watches: isWatch ? watches : undefined, loseAnswer: fault === 'lose' });
    incoming.resume();
    outgoing.writeHead(fault.statusCode, fault.headers).end(fault.body ?? '');
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    counts.connections += 1;
    counts.connectionsMax = Math.max(counts.connectionsMax, sockets.size);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('expected a TCP address');

  const folder = mkdtempSync(join(tmpdir(), 'flotilla-fault-proxy-'));
  const kubeconfigPath = writeKubeconfig(folder, address.port, target);
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    kubeconfigPath,
    decide(decision) {
      decide = decision;
    },
    seen,
    cutAll,
    muteWatches() {
      for (const watch of watches) watch.muted = true;
    },
    get connections() {
      return counts.connections;
    },
    get connectionsMax() {
      return counts.connectionsMax;
    },
    async stop() {
      server.close();
      cutAll();
      await once(server, 'close');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Passes one request on, and its answer back unless the answer is to be lost. */
function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  {
    port,
    watches,
    loseAnswer,
  }: { readonly port: number; readonly watches: Set<{ muted: boolean }> | undefined; readonly loseAnswer: boolean },
): void {
  const { method, url: path, headers } = incoming;
  const upstream = httpsRequest({ host: '127.0.0.1', port, method, path, headers, rejectUnauthorized: false }, (answer) => {
    if (loseAnswer) {
      incoming.socket.destroy();
      return;
    }
    const state = { muted: false };
    watches?.add(state);
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    outgoing.flushHeaders();
    answer.on('data', (chunk) => {
      if (!state.muted) outgoing.write(chunk);
    });
    answer.on('end', () => outgoing.end());
    answer.on('error', () => outgoing.destroy());
    outgoing.on('close', () => {
      watches?.delete(state);
      upstream.destroy();
    });
  });
  upstream.on('error', () => incoming.socket.destroy());
  incoming.pipe(upstream);
}

function writeKubeconfig(folder: string, port: number, target: { readonly token: string; readonly tokenFile?: string }): string {
  const path = join(folder, 'kubeconfig.yaml');
  const user = target.tokenFile === undefined ? `token: "${target.token}"` : `tokenFile: "${target.tokenFile}"`;
  writeFileSync(
    path,
    `current-context: p
contexts: [{ name: p, context: { cluster: p, user: u } }]
clusters: [{ name: p, cluster: { server: "http://127.0.0.1:${port}" } }]
users: [{ name: u, user: { ${user} } }]
`,
  );
  return path;
}
