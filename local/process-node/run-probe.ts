/** Runs one attempt of an HTTP, TCP or exec probe. */
import { execFile } from 'node:child_process';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Launch } from './container-launch.ts';
import type { Container, Probe } from './pod-types.ts';
import { type PathMapping, rewritePaths } from './rewrite-paths.ts';

export interface ProbeTarget {
  readonly container: Container;
  readonly address: string;
  /** How the container itself was started: an exec probe runs in the same place. */
  readonly launch: Pick<Launch, 'cwd' | 'env'>;
  readonly mappings: readonly PathMapping[];
  readonly nodeBinary: string;
}

/** Undefined when the probe passes, else why not. Never rejects. */
export async function runProbe(probe: Probe, target: ProbeTarget, timeoutMs: number): Promise<string | undefined> {
  const { httpGet, tcpSocket, exec } = probe;
  if (httpGet !== undefined) {
    const port = probePort(httpGet.port, target.container);
    if (port === undefined) return `no port named ${httpGet.port}`;
    return probeHttpGet(httpGet, httpGet.host ?? target.address, port, timeoutMs);
  }
  if (tcpSocket !== undefined) {
    const port = probePort(tcpSocket.port, target.container);
    return port === undefined ? `no port named ${tcpSocket.port}` : probeTcp(tcpSocket.host ?? target.address, port, timeoutMs);
  }
  return exec === undefined ? 'the process node knows no such probe' : probeExec(exec.command ?? [], target, timeoutMs);
}

/** A number, or the name of a container port. */
export function probePort(port: number | string, container: Pick<Container, 'ports'>): number | undefined {
  if (typeof port === 'number') return port;
  return container.ports?.find(({ name }) => name === port)?.containerPort;
}

function probeHttpGet(action: NonNullable<Probe['httpGet']>, host: string, port: number, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const headers = Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name, value]));
    const signal = AbortSignal.timeout(timeoutMs);
    const options = { host, port, path: action.path ?? '/', headers, agent: false, signal } as const;
    const request = action.scheme === 'HTTPS' ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options);
    request.on('response', (response) => {
      const code = response.statusCode ?? 0;
      response.destroy();
      resolve(code >= 200 && code < 400 ? undefined : `HTTP ${code}`);
    });
    request.on('error', (error) => resolve(signal.aborted ? `no answer within ${timeoutMs} ms` : error.message));
    request.end();
  });
}

function probeTcp(host: string, port: number, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (problem: string | undefined): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.setTimeout(timeoutMs, () => end(`no connection within ${timeoutMs} ms`));
    socket.on('connect', () => end(undefined));
    socket.on('error', (error) => end(error.message));
  });
}

function probeExec(command: readonly string[], target: ProbeTarget, timeoutMs: number): Promise<string | undefined> {
  const [program = '', ...args] = command.map((word) => rewritePaths(word, target.mappings));
  const { cwd, env } = target.launch;
  return new Promise((resolve) => {
    execFile(program === 'node' ? target.nodeBinary : program, args, { cwd, env, timeout: timeoutMs, killSignal: 'SIGKILL' }, (error) =>
      resolve(error?.message),
    );
  });
}
