/** The gateway process. */
import {
  connectBus,
  connectStore,
  makeLogger,
  makeMetrics,
  loadConfig,
  runService,
  startTracing,
  systemClock,
  systemRng,
} from '@flotilla/runtime';
import { gatewayKeyPrefix } from '@flotilla/contracts/access/store-users.ts';
import { storeLoginOf } from '@flotilla/runtime/store-login.ts';
import { loginOfSettings, normaliserLoginOfSettings } from '@flotilla/runtime/identity/login.ts';
import { probeNetwork } from '@flotilla/runtime/network/probe-network.ts';
import { startGateway } from './gateway.ts';
import { settingsSchema } from './settings.ts';

await runService({
  service: 'gateway',
  async start(lifetime) {
    const settings = loadConfig('gateway', settingsSchema, process.env);
    const revision = settings.FLOTILLA_REVISION;
    const logger = makeLogger({ service: 'gateway', revision, level: settings.LOG_LEVEL });
    lifetime.useLogger(logger);
    const clock = systemClock;
    const metrics = makeMetrics('gateway');
    const tracing = await startTracing('gateway', settings.OTEL_EXPORTER_OTLP_ENDPOINT);
    lifetime.onStop('tracing', () => tracing.stop());
    const login = loginOfSettings(settings);
    // An operator of a version before ADR 0114 gives one login, whose account has the rights of both.
    const normaliserLogin = normaliserLoginOfSettings(settings) ?? login;
    if (normaliserLogin === login) logger.warn('the normaliser has no login of its own at NATS; it shows the login of the gateway');
    const connection = { url: settings.NATS_URL, logger, clock, metrics };
    const [bus, normaliserBus] = await Promise.all([
      connectBus({ ...connection, login, name: settings.POD_NAME }),
      connectBus({ ...connection, login: normaliserLogin, name: `${settings.POD_NAME} normaliser` }),
    ]);
    lifetime.onStop('bus', () => bus.close());
    lifetime.onStop('bus of the normaliser', () => normaliserBus.close());
    const store = await connectStore({
      url: settings.REDIS_URL,
      readLogin: storeLoginOf(settings.FLOTILLA_STORE_LOGIN_DIR),
      keyPrefix: gatewayKeyPrefix(settings.FLOTILLA_NAMESPACE),
      logger,
      clock,
    });
    lifetime.onStop('store', () => store.close());
    probeNetwork(lifetime, { principal: { role: 'Gateway' }, settings, bus, clock, logger });
    const gateway = await startGateway({
      bus,
      normaliserBus,
      store,
      clock,
      rng: systemRng,
      logger,
      metrics,
      tracing,
      revision,
      instance: settings.POD_NAME,
      host: settings.HOST,
      port: settings.PORT,
      healthPort: settings.HEALTH_PORT,
      drainMs: settings.FLOTILLA_DRAIN_MS,
      sourcesFile: settings.FLOTILLA_SOURCES_FILE,
      dataFolder: settings.FLOTILLA_DATA_DIR,
      trustedProxies: settings.FLOTILLA_TRUSTED_PROXIES,
    });
    lifetime.onStop('gateway', () => gateway.stop());
    gateway.ended.catch((error: unknown) => lifetime.end(error));
    logger.info({ host: settings.HOST, port: gateway.port, healthPort: gateway.healthPort }, 'listening');
  },
});
