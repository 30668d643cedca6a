/** The gateway put together out of ports: webhooks in, replays, normaliser, report of its sources. `main.ts` gives it the real ports. */
import type { BlockList } from 'node:net';
import { dirname } from 'node:path';
import { type Clock, FlotillaError, type Rng, type Store } from '@flotilla/contracts';
import {
  type Health,
  type Logger,
  makeHealth,
  type Metrics,
  type NatsBus,
  openBucket,
  startHealthServer,
  type Tracing,
} from '@flotilla/runtime';
import { makeSurveyBook, type SurveyBook } from './datasets/survey-book.ts';
import { makeReplayAnswers, type ReplayAnswers } from './feed/answer-replays.ts';
import { makeServer } from './http/server.ts';
import { startNormaliser } from './normalise/start-normaliser.ts';
import { readSources } from './sources/read-sources.ts';
import { runSourceReporter } from './sources/report-sources.ts';
import { type SourcesWatch, watchSources } from './sources/watch-sources.ts';
import { makeAcceptanceBook } from './webhook/acceptance-book.ts';
import { makeWebhookReceiver } from './webhook/receive-webhook.ts';
import { reportWebhooks } from './webhook/report-webhooks.ts';

export interface GatewayOptions {
  /** Of the principal Gateway: webhooks, replays and reports. */
  readonly bus: NatsBus;
  /** Of the principal Normaliser. */
  readonly normaliserBus: NatsBus;
  readonly store: Store;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly revision: string;
  /** Names this process in its report. */
  readonly instance: string;
  readonly host: string;
  /** Port of webhooks; 0 takes a free one. */
  readonly port: number;
  /** Port of health and metrics; 0 takes a free one. */
  readonly healthPort: number;
  /** How long a stopping gateway goes on taking webhooks while `/ready` says that it stops. */
  readonly drainMs: number;
  readonly sourcesFile: string;
  readonly dataFolder: string;
  readonly trustedProxies: BlockList;
}

export interface Gateway {
  readonly port: number;
  readonly healthPort: number;
  /** Rejects when a bug ended the normaliser or the report of the sources. */
  readonly ended: Promise<void>;
  /** Stops taking, finishes what is under way. Bus and store stay open: they are the caller's. */
  stop(): Promise<void>;
}

/** Resolves when the gateway listens; `/health` names every dependency that is missing. @throws FlotillaError `PORT_TAKEN`. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { bus, clock, logger, metrics } = options;
  const stopping = new AbortController();
  const replayRows = metrics.counter('gateway_replay_rows_total', 'Recorded rows published', ['source']);
  const refusedRows = metrics.counter('gateway_replay_rows_refused_total', 'Recorded rows that were refused instead of published', [
    'source',
  ]);
  const surveys = makeSurveyBook();
  const replays = makeReplayAnswers({
    ...options,
    surveys,
    sourcesFolder: dirname(options.sourcesFile),
    onPublished: (source) => replayRows.inc({ source }),
    onRefused: (source) => refusedRows.inc({ source }),
  });
  const sources = await watchAndCountSources(options, replays, surveys);
  const normaliser = await startNormaliser({ ...options, bus: options.normaliserBus });
  const normaliserProblem = (): string | undefined => options.normaliserBus.problem() ?? normaliser.healthy();
  const reporter = {
    bucket: openBucket(bus, 'STATUS'),
    clock,
    logger,
    instance: options.instance,
    table: sources.table,
    normaliserProblem,
  };
  const reporting = runSourceReporter(reporter, stopping.signal);
  const webhooks = await startWebhooks(options, sources, stopping.signal);
  const healthServer = await startHealthServer(
    healthOf(options, sources, normaliserProblem, stopping.signal),
    options.host,
    options.healthPort,
  );
  return {
    port: webhooks.port,
    healthPort: healthServer.port,
    ended: Promise.race([normaliser.ended, reporting.then(() => normaliser.ended)]),
    async stop() {
      stopping.abort(new FlotillaError('CONFIG_INVALID', 'the gateway stops'));
      sources.stop();
      surveys.close();
      replays.deafen();
      if (options.drainMs > 0) await clock.sleep(options.drainMs);
      await webhooks.close();
      await replays.close();
      await normaliser.stop();
      await reporting;
      await healthServer.close();
    },
  };
}

async function watchAndCountSources(options: GatewayOptions, replays: ReplayAnswers, surveys: SurveyBook): Promise<SourcesWatch> {
  const { clock, logger, metrics } = options;
  const problems = metrics.gauge('gateway_source_problems', 'Sources left out, or served without some of their datasets', []);
  const unusable = metrics.gauge(
    'gateway_sources_unusable',
    '1 while the sources file on disk cannot be used and older sources stay in force',
    [],
  );
  return watchSources({
    read: () => readSources(options.sourcesFile, { dataFolder: options.dataFolder, surveys }),
    clock,
    logger,
    onLook: (usable) => unusable.set(usable ? 0 : 1),
    onChange(table) {
      problems.set(table.problems.length);
      if (table.unknownFields.length > 0) metrics.unknownFields.inc({ service: 'gateway' }, table.unknownFields.length);
      replays.listen(table);
    },
  });
}

interface RunningWebhooks {
  readonly port: number;
  /** Finishes the requests under way, and writes the acceptances that are not written yet. */
  close(): Promise<void>;
}

async function startWebhooks(options: GatewayOptions, sources: SourcesWatch, stopping: AbortSignal): Promise<RunningWebhooks> {
  const report = reportWebhooks({ ...options, table: sources.table });
  const acceptances = makeAcceptanceBook(options.store, options.clock, report.acceptanceLost);
  const receiver = makeWebhookReceiver({ ...options, table: sources.table, acceptances });
  const server = makeServer({
    receive: (request, headers) => report.observe((carrier) => receiver.receive(request, carrier), headers),
    onTooLarge: report.tooLarge,
    onOverloaded: report.overloaded,
    onUnexpected: report.unexpected,
    stopping: () => stopping.aborted,
  });
  await listen(server, options);
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    async close() {
      await server.close();
      await acceptances.close();
    },
  };
}

function healthOf(
  options: GatewayOptions,
  sources: SourcesWatch,
  normaliserProblem: () => string | undefined,
  stopping: AbortSignal,
): Health {
  const { bus, store, metrics } = options;
  return makeHealth({
    service: 'gateway',
    metrics,
    checks: {
      sources: sources.missing,
      nats: () => bus.problem(),
      redis: () => (store.connected() ? undefined : 'Redis does not answer; webhooks get 503'),
      normaliser: normaliserProblem,
    },
    // While NATS or Redis is away, webhooks get 503. A gateway that is not ready would get no webhooks, and their senders a reset.
    readyChecks: { sources: sources.missing, stopping: () => (stopping.aborted ? 'the gateway stops' : undefined) },
  });
}

async function listen(server: ReturnType<typeof makeServer>, { host, port }: GatewayOptions): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'an unknown error';
    throw new FlotillaError('PORT_TAKEN', `expected ${host}:${port} to be free, found ${code}: set HOST or PORT`, { cause });
  }
}
