/** Health over HTTP: `/live`, `/ready`, `/health`, `/healthz` and `/metrics`, the same on every service. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Metrics } from './metrics.ts';

/** Not imported: an import of `node:http` touches all its exports, WebSocket among them, which costs 15 MiB of resident memory. */
const { createServer } = process.getBuiltinModule('node:http');

export interface HealthResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface Health {
  /** The answer to a path; undefined for any other path. A query is ignored. */
  respond(path: string): Promise<HealthResponse | undefined>;
}

export interface HealthOptions {
  readonly service: string;
  readonly metrics: Metrics;
  /** Checks of `/health`. Each gives the reason why the service cannot work at the moment, or undefined. */
  readonly checks: Readonly<Record<string, () => string | undefined>>;
  /**
   * Checks of `/ready`. Default: those of `/health`. Kubernetes sends no traffic to a pod that is not ready, so a service that can answer without a
   * dependency leaves the check of that dependency out.
   */
  readonly readyChecks?: Readonly<Record<string, () => string | undefined>>;
  /** Checks of `/live`. Each gives the reason why only a new process would help, or undefined. An outage of a dependency is not such a reason. */
  readonly liveChecks?: Readonly<Record<string, () => string | undefined>>;
}

/** Each path answers 200 when all its checks pass, else 503 with the reasons of the failed checks. */
export function makeHealth(options: HealthOptions): Health {
  const { service, metrics, checks, readyChecks = checks, liveChecks = {} } = options;
  const judge = (what: 'ready' | 'live', all: HealthOptions['checks']): HealthResponse => {
    const problems: Record<string, string> = {};
    for (const [name, check] of Object.entries(all)) {
      const problem = check();
      if (problem !== undefined) problems[name] = problem;
    }
    const isWell = Object.keys(problems).length === 0;
    return json(isWell ? 200 : 503, { service, status: isWell ? what : `not ${what}`, problems });
  };
  return {
    async respond(path) {
      switch (path.split('?', 1)[0]) {
        case '/live':
          return judge('live', liveChecks);
        case '/ready':
          return judge('ready', readyChecks);
        case '/health':
        case '/healthz':
          return judge('ready', checks);
        case '/metrics':
          return { status: 200, contentType: metrics.contentType, body: await metrics.render() };
        default:
          return undefined;
      }
    },
  };
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** For a service without another HTTP server. Port 0 takes a free port. @throws FlotillaError `PORT_TAKEN`. */
export function startHealthServer(health: Health, host: string, port: number): Promise<HealthServer> {
  const server = createServer((request, response) => {
    answer(request).catch(() => response.destroy());

    async function answer({ method, url }: typeof request): Promise<void> {
      const found = method === 'GET' || method === 'HEAD' ? await health.respond(url ?? '/') : undefined;
      const { status, contentType, body } = found ?? json(404, { status: 'not found' });
      response.writeHead(status, { 'content-type': contentType }).end(method === 'HEAD' ? undefined : body);
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const found = cause.code === 'EADDRINUSE' ? 'taken' : (cause.code ?? cause.message);
      reject(new FlotillaError('PORT_TAKEN', `expected ${host}:${port} to be free, found it ${found}: set HOST or PORT`, { cause }));
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

function json(status: number, value: object): HealthResponse {
  return { status, contentType: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` };
}
