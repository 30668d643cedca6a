/** The gateway put together out of ports: HTTP in, replay desk, normaliser. `main.ts` gives it the real ones. */
import type { BlockList } from 'node:net';
import { type Clock, FlotillaError, type Rng, type Store } from '@flotilla/contracts';
import { type Logger, makeHealth, type Metrics, type NatsBus, type Tracing } from '@flotilla/runtime';
import { makeReplayDesk } from './feed/replay-desk.ts';
import { makeServer } from './http/server.ts';
import { startNormaliser } from './normalise/start-normaliser.ts';
import { readSources } from './sources/read-sources.ts';
import { watchSources } from './sources/watch-sources.ts';
import { makeAcceptanceBook } from './webhook/acceptance-book.ts';
import { makeWebhookReceiver } from './webhook/receive-webhook.ts';
import { reportWebhooks } from './webhook/report-webhooks.ts';

export interface GatewayOptions {
  readonly bus: NatsBus;
  readonly store: Store;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly revision: string;
  readonly host: string;
  readonly port: number;
  readonly sourcesFile: string;
  readonly dataFolder: string;
  readonly trustedProxies: BlockList;
}

export interface Gateway {
  /** Of the HTTP server; the one taken when `port` was 0. */
  readonly port: number;
  /** Rejects when a bug ended the normaliser. */
  readonly ended: Promise<void>;
  /** Stops taking, finishes what is under way. Bus and store stay open: they are the caller's. */
  stop(): Promise<void>;
}

/** Resolves when it listens; whatever is missing behind it shows in `/ready`. @throws FlotillaError `PORT_TAKEN`. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { bus, store, clock, logger, metrics } = options;
  const replayRows = metrics.counter('gateway_replay_rows_total', 'Recorded rows published', ['source']);
  const sourceProblems = metrics.gauge('gateway_source_problems', 'Sources left out because their secret or addresses cannot be used', []);
  const unusable = metrics.gauge(
    'gateway_sources_unusable',
    '1 while the sources file on disk cannot be used and older sources stay in force',
    [],
  );
  const desk = makeReplayDesk({ ...options, onPublished: (source) => replayRows.inc({ source }) });
  const sources = await watchSources({
    read: () => readSources(options.sourcesFile),
    clock,
    logger,
    onLook: (usable) => unusable.set(usable ? 0 : 1),
    onChange(table) {
      sourceProblems.set(table.problems.length);
      desk.listen(table);
    },
  });
  const normaliser = await startNormaliser(options);
  const report = reportWebhooks({ ...options, table: sources.table });
  const acceptances = makeAcceptanceBook(store, clock, report.acceptanceLost);
  const receiver = makeWebhookReceiver({ ...options, table: sources.table, acceptances });
  const health = makeHealth({
    service: 'gateway',
    metrics,
    checks: {
      sources: sources.missing,
      nats: () => bus.problem(),
      redis: () => (store.connected() ? undefined : 'Redis does not answer; webhooks get 503'),
      normaliser: () => normaliser.healthy(),
    },
  });
  const server = makeServer({
    receive: (request, headers) => report.observe((carrier) => receiver.receive(request, carrier), headers),
    onTooLarge: report.tooLarge,
    onUnexpected: report.unexpected,
    health: (path) => health.respond(path),
  });
  await listen(server, options);
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    ended: normaliser.ended,
    async stop() {
      sources.stop();
      await server.close();
      await acceptances.close();
      await desk.close();
      await normaliser.stop();
    },
  };
}

async function listen(server: ReturnType<typeof makeServer>, { host, port }: GatewayOptions): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'an unknown error';
    throw new FlotillaError('PORT_TAKEN', `expected ${host}:${port} to be free, found ${code}: set HOST or PORT`, { cause });
  }
}
