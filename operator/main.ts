/** Composition root of the operator. */
import { CORE_API_PREFIX } from '@flotilla/contracts/access/core-account.ts';
import { connectBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { loadConfig } from '@flotilla/runtime/config.ts';
import { type Connection, openConnection } from '@flotilla/runtime/bus/connection.ts';
import { OPERATOR_IDENTITY_FIELDS, OPERATOR_ROTATION_FIELDS, type OperatorIdentity } from '@flotilla/runtime/identity/bus-keys.ts';
import { connectAnewOnChange, type LiveIdentity, openLiveIdentity } from '@flotilla/runtime/identity/live-identity.ts';
import { currentUserLogin } from '@flotilla/runtime/identity/login.ts';
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
import { STORE_OPERATOR_USER } from '@flotilla/contracts/access/store-users.ts';
import { openStoreAdmin } from '@flotilla/runtime/redis-store-admin.ts';
import type { StoreOptions } from './store/start-store.ts';
import { startOperator } from './start-operator.ts';
import type { OperatorOptions } from './operator-options.ts';
import { makeTenantBuses } from './tenants/open-tenant-bus.ts';
import { tenantSelection } from './tenants/tenant-settings.ts';

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
    const identity = openKeys(settings, logger);
    lifetime.onStop('identity', () => identity.stop());
    const busOptions = { url: settings.NATS_URL, apiPrefix: CORE_API_PREFIX, name: settings.POD_NAME, logger, clock: systemClock, metrics };
    const bus = await connectBus({ ...busOptions, login: currentUserLogin(() => identity.keys.coreLogin) });
    lifetime.onStop('bus', () => bus.close());
    const accounts = openAccounts(settings, identity.keys, logger, metrics);
    lifetime.onStop('accounts', () => accounts.close());
    const store = await openStore(settings, logger);
    if (store !== undefined) lifetime.onStop('store', () => Promise.resolve(store.admin.close()));
    // A new connection of the system account makes the operator push every account again, with the keys as they are then.
    const connections = new Set<{ reconnect(): Promise<void> }>([bus, accounts]);
    connectAnewOnChange(identity, connections, logger);
    const tracing = await startTracing(SERVICE, settings.OTEL_EXPORTER_OTLP_ENDPOINT);
    lifetime.onStop('tracing', () => tracing.stop());
    const election = settings.FLOTILLA_LEADER_ELECTION === 'on' ? electionOf(settings.POD_NAME, logger) : undefined;
    if (election !== undefined) lifetime.onStop('watchdog', () => election.watchdog.close());
    const operator = startOperator({
      cluster,
      bus,
      tenants: tenantsOf(settings, connections, busOptions),
      identity: identity.keys,
      system: openSystemAccount(accounts),
      busUrl: settings.NATS_URL,
      store,
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
    // An operator that runs outside of its namespace outlives the namespace, so its controllers clean up as usual.
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

/** Undefined: the operator serves its own namespace alone. */
function tenantsOf(
  settings: OperatorSettings,
  connections: Parameters<typeof makeTenantBuses>[0],
  bus: Parameters<typeof makeTenantBuses>[1],
): OperatorOptions['tenants'] {
  const selected = tenantSelection(settings);
  return selected === undefined ? undefined : { ...selected, openBus: makeTenantBuses(connections, bus) };
}

function openKeys({ FLOTILLA_BUS_IDENTITY_FILE: path }: OperatorSettings, logger: Logger): LiveIdentity<OperatorIdentity> {
  const fields = { fields: OPERATOR_IDENTITY_FIELDS, optionalFields: OPERATOR_ROTATION_FIELDS };
  return openLiveIdentity<OperatorIdentity>({ path, ...fields, clock: systemClock, logger });
}

/** The connection over which the operator pushes the claims of accounts. */
function openAccounts(settings: OperatorSettings, keys: OperatorIdentity, logger: Logger, metrics: Metrics): Connection {
  const name = `${settings.POD_NAME} accounts`;
  const login = currentUserLogin(() => keys.systemLogin);
  return openConnection({ url: settings.NATS_URL, login, name, logger, clock: systemClock, metrics });
}

/** Undefined for a store whose users a person keeps. */
async function openStore(settings: OperatorSettings, logger: Logger): Promise<StoreOptions | undefined> {
  const { FLOTILLA_STORE_PASSWORD: password, FLOTILLA_STORE_EPOCH: epoch, FLOTILLA_REDIS_URL: url } = settings;
  if (password === undefined) return undefined;
  return { admin: await openStoreAdmin({ url, user: STORE_OPERATOR_USER, password, logger }), password, epoch };
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
