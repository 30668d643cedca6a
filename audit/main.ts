/** The audit service: writes every message of every stream to one signed log. */
import {
  connectBus,
  makeLogger,
  makeMetrics,
  loadConfig,
  makeHealth,
  openBucket,
  runService,
  startHealthServer,
  systemClock,
  systemRng,
} from '@flotilla/runtime';
import { loginOfSettings } from '@flotilla/runtime/identity/login.ts';
import { probeNetwork } from '@flotilla/runtime/network/probe-network.ts';
import { keepLog } from './collect/keep-log.ts';
import { publishWitness } from './collect/publish-witness.ts';
import { openSigner } from './log/open-signer.ts';
import { auditSettings } from './settings.ts';

const SERVICE = 'audit';

await runService({
  service: SERVICE,
  async start(lifetime) {
    const settings = loadConfig(SERVICE, auditSettings, process.env);
    const logger = makeLogger({ service: SERVICE, revision: settings.FLOTILLA_REVISION, level: settings.LOG_LEVEL });
    lifetime.useLogger(logger);
    const folder = settings.FLOTILLA_AUDIT_DIR;
    const signer = await openSigner(settings, logger);
    const metrics = makeMetrics(SERVICE);
    const clock = systemClock;
    const bus = await connectBus({
      url: settings.NATS_URL,
      login: loginOfSettings(settings),
      name: `${SERVICE}-${settings.POD_NAME}`,
      logger,
      clock,
      metrics,
    });
    lifetime.onStop('bus', () => bus.close());
    const witness = publishWitness({ bus, bucket: openBucket(bus, 'STATUS'), clock, logger, file: settings.FLOTILLA_AUDIT_WITNESS_FILE });
    lifetime.onStop('witness', () => witness.stop());
    probeNetwork(lifetime, { principal: { role: 'AuditWriter' }, settings, bus, clock, logger });
    const kept = keepLog({
      folder,
      signer,
      bus,
      clock,
      rng: systemRng,
      logger,
      metrics,
      checkpointEntriesMax: settings.FLOTILLA_AUDIT_CHECKPOINT_ENTRIES,
      checkpointIntervalMs: settings.FLOTILLA_AUDIT_CHECKPOINT_MS,
      onCheckpoint: (checkpoint) => witness.onCheckpoint(checkpoint),
    });
    lifetime.onStop('log', () => kept.stop());
    const health = makeHealth({
      service: SERVICE,
      metrics,
      checks: { nats: () => bus.problem(), log: () => kept.problem(), streams: () => kept.streamProblem() },
    });
    const server = await startHealthServer(health, settings.HOST, settings.PORT);
    lifetime.onStop('health', () => server.close());
    logger.info({ port: server.port, folder }, 'listening');
  },
});
