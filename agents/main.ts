/** The agent process: one strategy of one portfolio. Composition root, and the only reader of the environment. */
import { AGENT_IN_FLIGHT_MAX, agentConsumer } from '@flotilla/contracts';
import {
  connectBus,
  connectStore,
  createLogger,
  createMetrics,
  loadConfig,
  makeHealth,
  openBucket,
  runService,
  startConsumer,
  startHealthServer,
  startTracing,
  systemClock,
  systemRng,
  type Lifetime,
} from '@flotilla/runtime';
import { runAgentReporter } from './runner/agent-status.ts';
import { makeAgent } from './runner/agent.ts';
import { bindStrategy } from './runner/bound-strategy.ts';
import { makeCheckpointKeeper } from './runner/checkpoint-keeper.ts';
import { openCheckpointStore } from './runner/checkpoint.ts';
import { makeExposureKeeper } from './runner/exposure-keeper.ts';
import { agentSettingsSchema } from './runner/settings.ts';

const SERVICE = 'agents';

async function start(lifetime: Lifetime): Promise<void> {
  const settings = loadConfig(SERVICE, agentSettingsSchema, process.env);
  const owner = { portfolio: settings.FLOTILLA_PORTFOLIO, strategy: settings.FLOTILLA_STRATEGY };
  const bound = bindStrategy(settings.FLOTILLA_AGENT, settings.FLOTILLA_PARAMETERS, settings.FLOTILLA_INSTRUMENTS);
  const agentKey = settings.FLOTILLA_AGENT_KEY;
  const revision = settings.FLOTILLA_REVISION;
  const instance = settings.POD_NAME;
  const clock = systemClock;
  const logger = createLogger({ service: SERVICE, revision, level: settings.LOG_LEVEL }).child(owner);
  lifetime.useLogger(logger);
  const metrics = createMetrics(SERVICE);
  const tracing = await startTracing(SERVICE, settings.OTEL_EXPORTER_OTLP_ENDPOINT);
  lifetime.onStop('traces', () => tracing.stop());

  // Redis's client is a lot of code: it loads while NATS answers.
  const [bus, store] = await Promise.all([
    connectBus({
      url: settings.NATS_URL,
      user: settings.NATS_USER,
      password: settings.NATS_PASSWORD,
      name: instance,
      logger,
      clock,
      metrics,
    }),
    connectStore({
      url: settings.REDIS_URL,
      user: settings.REDIS_USER,
      password: settings.REDIS_PASSWORD,
      logger,
      clock,
    }),
  ]);
  lifetime.onStop('bus', () => bus.close());
  lifetime.onStop('store', () => store.close());

  const stopping = new AbortController();
  const checkpoints = openCheckpointStore(store, { ...owner, parametersHash: bound.parametersHash, agentKey });
  const keeper = makeCheckpointKeeper(checkpoints, clock, logger);
  lifetime.onStop('checkpoint', () => keeper.flush());
  const exposure = makeExposureKeeper({
    bus,
    clock,
    logger,
    owner,
    instruments: bound.instruments,
    onChange: () => {
      keeper.changed(() => agent.checkpoint());
      agent.exposureChanged();
    },
  });
  const agent = makeAgent({
    bus,
    clock,
    logger,
    owner,
    bound,
    checkpoints,
    exposure,
    metrics,
    keeper,
    agentKey,
    service: SERVICE,
    revision,
    strategyRevision: settings.FLOTILLA_STRATEGY_REVISION,
  });
  const background = [
    exposure.run(stopping.signal),
    agent.run(stopping.signal),
    runAgentReporter({ bucket: openBucket(bus, 'STATUS'), clock, logger, owner, instance, counts: () => agent.counts() }, stopping.signal),
  ];
  lifetime.onStop('background', async () => {
    stopping.abort(new Error('stopping'));
    await Promise.all(background);
  });

  const definition = agentConsumer(owner.portfolio, owner.strategy, [...bound.instruments.keys()]);
  const consumer = await startConsumer({
    bus,
    clock,
    rng: systemRng,
    logger,
    metrics,
    tracing,
    service: SERVICE,
    revision,
    stream: definition.stream,
    consumer: definition.name,
    type: 'signals.normalized',
    maxInFlight: AGENT_IN_FLIGHT_MAX,
    ordering: 'strict',
    operation: 'decide',
    handle: (signal, delivery, context) => agent.handle(signal, delivery, context),
  });
  consumer.ended.catch((error: unknown) => lifetime.end(error));
  lifetime.onStop('consumer', () => consumer.stop());

  const health = makeHealth({
    service: SERVICE,
    metrics,
    checks: {
      bus: () => bus.problem(),
      store: () => (store.connected() ? undefined : 'Redis does not answer'),
      consumer: () => consumer.healthy(),
      checkpoint: () => keeper.problem(),
      executions: () => exposure.problem(),
    },
  });
  const server = await startHealthServer(health, settings.HOST, settings.PORT);
  lifetime.onStop('health', () => server.close());
}

await runService({ service: SERVICE, start });
