/** Composition root of the operator. */
import {
  connectBus,
  createLogger,
  createMetrics,
  loadConfig,
  makeHealth,
  runService,
  startHealthServer,
  systemClock,
  systemRng,
} from '@flotilla/runtime';
import { clusterAddress } from './cluster-address.ts';
import { connectCluster } from './kube/connect-cluster.ts';
import { operatorSettingsSchema, workloadSettings } from './settings.ts';
import { startOperator } from './start-operator.ts';

const SERVICE = 'operator';

await runService({
  service: SERVICE,
  async start(lifetime) {
    const settings = loadConfig(SERVICE, operatorSettingsSchema, process.env);
    const logger = createLogger({ service: SERVICE, revision: settings.FLOTILLA_REVISION, level: settings.LOG_LEVEL });
    lifetime.useLogger(logger);
    const metrics = createMetrics(SERVICE);
    const cluster = connectCluster({
      from: clusterAddress(settings),
      clock: systemClock,
      userAgent: `flotilla-operator/${settings.FLOTILLA_REVISION}`,
    });
    lifetime.onStop('cluster', () => cluster.close());
    const bus = await connectBus({
      url: settings.NATS_URL,
      user: settings.NATS_USER,
      password: settings.NATS_PASSWORD,
      name: settings.POD_NAME,
      logger,
      clock: systemClock,
    });
    lifetime.onStop('bus', () => bus.close());
    const operator = startOperator({
      cluster,
      bus,
      settings: workloadSettings(settings),
      replicas: settings.FLOTILLA_STREAM_REPLICAS,
      instance: settings.POD_NAME,
      clock: systemClock,
      rng: systemRng,
      logger,
      metrics,
    });
    lifetime.onStop('operator', () => operator.stop());
    const health = makeHealth({ service: SERVICE, metrics, checks: operator.checks });
    const server = await startHealthServer(health, settings.HOST, settings.PORT);
    lifetime.onStop('health', () => server.close());
    logger.info({ namespace: settings.FLOTILLA_NAMESPACE, port: server.port }, 'operator runs');
  },
});
