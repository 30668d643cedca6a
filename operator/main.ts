/** Composition root of the operator. */
import { CORE_API_PREFIX } from '@flotilla/contracts/access/core-account.ts';
import { connectBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { loadConfig } from '@flotilla/runtime/config.ts';
import { type Connection, openConnection } from '@flotilla/runtime/bus/connection.ts';
import { OPERATOR_IDENTITY_FIELDS, type OperatorIdentity } from '@flotilla/runtime/identity/bus-keys.ts';
import { readIdentityFile } from '@flotilla/runtime/identity/identity-file.ts';
import { userLogin } from '@flotilla/runtime/identity/login.ts';
import { openSystemAccount } from '@flotilla/runtime/identity/system-account.ts';
import { makeHealth, startHealthServer } from '@flotilla/runtime/health.ts';
import { makeLogger, type Logger } from '@flotilla/runtime/log.ts';
import { makeMetrics, type Metrics } from '@flotilla/runtime/metrics.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { runService } from '@flotilla/runtime/service.ts';
import { noTracing, startTracing } from '@flotilla/runtime/trace/tracing.ts';
import { clusterAddress } from './cluster-address.ts';
import { connectCluster, makeRequestMetrics, startStallWatchdog } from '@flotilla/kube/mod.ts';
import { watchNamespaceEnd } from './namespace-end.ts';
import { type OperatorSettings, operatorSettingsSchema, workloadSettings } from './settings.ts';
import { startOperator } from './start-operator.ts';

const SERVICE = 'operator';

await runService({
  service: SERVICE,
  async start(lifetime) {
    const settings = loadConfig(SERVICE, operatorSettingsSchema, process.env);
    const logger = makeLogger({ service: SERVICE, revision: settings.FLOTILLA_REVISION, level: settings.LOG_LEVEL });
    lifetime.useLogger(logger);
    const metrics = makeMetrics(SERVICE);
    const cluster = connectCluster({
      from: clusterAddress(settings),
      clock: systemClock,
      // Names the replica in the API server's audit log.
      userAgent: `flotilla-operator/${settings.FLOTILLA_REVISION} (${settings.POD_NAME})`,
      metrics: makeRequestMetrics(metrics),
    });
    lifetime.onStop('cluster', () => cluster.close());
    const identity = readIdentityFile<OperatorIdentity>(settings.FLOTILLA_BUS_IDENTITY_FILE, OPERATOR_IDENTITY_FIELDS);
    const bus = await connectBus({
      url: settings.NATS_URL,
      login: userLogin(identity.coreLogin),
      apiPrefix: CORE_API_PREFIX,
      name: settings.POD_NAME,
      logger,
      clock: systemClock,
      metrics,
    });
    lifetime.onStop('bus', () => bus.close());
    const accounts = openAccounts(settings, identity, logger, metrics);
    lifetime.onStop('accounts', () => accounts.close());
    const tracing = await startTracing(SERVICE, settings.OTEL_EXPORTER_OTLP_ENDPOINT);
    lifetime.onStop('tracing', () => tracing.stop());
    const election = settings.FLOTILLA_LEADER_ELECTION === 'on' ? electionOf(settings.POD_NAME, logger) : undefined;
    if (election !== undefined) lifetime.onStop('watchdog', () => election.watchdog.close());
    const operator = startOperator({
      cluster,
      bus,
      identity,
      system: openSystemAccount(accounts),
      busUrl: settings.NATS_URL,
      settings: workloadSettings(settings),
      replicas: settings.FLOTILLA_STREAM_REPLICAS,
      instance: settings.POD_NAME,
      clock: systemClock,
      rng: systemRng,
      logger,
      metrics,
      election,
      trace: tracing === noTracing ? undefined : (name, attributes, work) => tracing.span(name, {}, work, attributes),
    });
    lifetime.onStop('operator', () => operator.stop());
    // An operator outside of the namespace outlives the namespace, so its controllers clean up as usual.
    if (settings.KUBECONFIG === undefined && cluster.namespace === settings.FLOTILLA_NAMESPACE) {
      const namespaceEnd = watchNamespaceEnd({
        cluster,
        namespace: settings.FLOTILLA_NAMESPACE,
        onEnding: () => operator.stop(),
        clock: systemClock,
        rng: systemRng,
        logger,
      });
      lifetime.onStop('namespace', () => namespaceEnd.stop());
    }
    const health = makeHealth({ service: SERVICE, metrics, checks: operator.checks, liveChecks: operator.liveChecks });
    const server = await startHealthServer(health, settings.HOST, settings.PORT);
    lifetime.onStop('health', () => server.close());
    logger.info({ namespace: settings.FLOTILLA_NAMESPACE, port: server.port }, 'operator runs');
  },
});

/** The connection over which the operator pushes the claims of accounts. */
function openAccounts(settings: OperatorSettings, { systemLogin }: OperatorIdentity, logger: Logger, metrics: Metrics): Connection {
  const name = `${settings.POD_NAME} accounts`;
  return openConnection({ url: settings.NATS_URL, login: userLogin(systemLogin), name, logger, clock: systemClock, metrics });
}

/** The suffix distinguishes a restarted process from the process before. */
function electionOf(podName: string, logger: Logger) {
  const identity = `${podName}_${Buffer.from(systemRng.bytes(4)).toString('hex')}`;
  const end = (fields: object, message: string): never => {
    logger.fatal({ identity, ...fields }, message);
    process.exit(1);
  };
  return {
    identity,
    watchdog: startStallWatchdog((err) => end({ err }, 'the stall watchdog ended, so this process must')),
    onDeposed: (cause: string) => void end({ cause }, 'leadership lost; a fresh process takes this place'),
  };
}
