/** The exec process: the order gate of one portfolio. Composition root, and the only reader of the environment. */
import {
  connectBus,
  makeLogger,
  makeMetrics,
  type Lifetime,
  loadConfig,
  makeHealth,
  runService,
  startHealthServer,
  startTracing,
  systemClock,
  systemRng,
} from '@flotilla/runtime';
import { loginOfSettings } from '@flotilla/runtime/identity/login.ts';
import { probeNetwork } from '@flotilla/runtime/network/probe-network.ts';
import { startExecService } from './service/exec-service.ts';
import { execSettingsSchema } from './service/settings.ts';

const SERVICE = 'exec';

async function start(lifetime: Lifetime): Promise<void> {
  const settings = loadConfig(SERVICE, execSettingsSchema, process.env);
  const portfolio = settings.FLOTILLA_PORTFOLIO;
  const revision = settings.FLOTILLA_REVISION;
  const instance = settings.POD_NAME;
  const clock = systemClock;
  const logger = makeLogger({ service: SERVICE, revision, level: settings.LOG_LEVEL }).child({ portfolio });
  lifetime.useLogger(logger);
  const metrics = makeMetrics(SERVICE);
  const tracing = await startTracing(SERVICE, settings.OTEL_EXPORTER_OTLP_ENDPOINT);
  lifetime.onStop('traces', () => tracing.stop());
  const bus = await connectBus({
    url: settings.NATS_URL,
    login: loginOfSettings(settings),
    name: instance,
    logger,
    clock,
    metrics,
  });
  lifetime.onStop('bus', () => bus.close());
  const exec = startExecService({
    bus,
    clock,
    rng: systemRng,
    logger,
    metrics,
    tracing,
    portfolio,
    instance,
    revision,
    streamReplicas: settings.FLOTILLA_STREAM_REPLICAS,
    onFatal: (error) => lifetime.end(error),
  });
  lifetime.onStop('exec', () => exec.stop());
  probeNetwork(lifetime, { principal: { role: 'Exec', portfolio }, settings, bus, clock, logger });
  const health = makeHealth({ service: SERVICE, metrics, checks: { exec: () => exec.problem(), bus: () => bus.problem() } });
  const server = await startHealthServer(health, settings.HOST, settings.PORT);
  lifetime.onStop('health', () => server.close());
}

await runService({ service: SERVICE, start });
