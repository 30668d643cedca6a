/** Builds the gateway of a tenant namespace from its SignalSources. Pure. */
import { GATEWAY_STORE_SECRET } from '@flotilla/contracts/access/credential-secrets.ts';
import { NORMALISER_TOKEN_AUDIENCE, NORMALISER_TOKEN_FILE } from '@flotilla/contracts/access/bus-token.ts';
import { compileRole } from '@flotilla/contracts/access/compile-role.ts';
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import { type GatewayConfig, type GatewaySource, NEXT_SECRET_FILE } from '@flotilla/contracts/control/gateway-config.ts';
import { GATEWAY_NAME } from '@flotilla/contracts/control/gateway-status.ts';
import type { RowFormat } from '@flotilla/contracts/control/row-format.ts';
import { sha256 } from '@flotilla/contracts/values/ids.ts';
import { NEXT_KEY_DEFAULT, type SignalSourceSpec, TRADING_VIEW_ADDRESSES } from '@flotilla/contracts/resources/signal-source.ts';
import { DELIMITERS, type ReplayFormat } from '@flotilla/contracts/resources/replay-spec.ts';
import { SERVICE_PORTS } from '@flotilla/contracts/values/service-ports.ts';
import type { Intent } from '@flotilla/kube/execute/intent.ts';
import type { KubeManifest } from '@flotilla/kube/objects/kube-object.ts';
import { KUBERNETES_TYPES } from '@flotilla/kube/objects/resource-type.ts';
import { deploymentManifest, type Volume } from '../workload/deployment.ts';
import {
  busEnvironment,
  commonEnvironment,
  NORMALISER_TOKEN_VARIABLE,
  STORE_LOGIN_FOLDER,
  storeEnvironment,
  tracingEnvironment,
} from '../workload/environment.ts';
import { type Belonging, labelsOf, selectorOf } from '../workload/labels.ts';
import { networkPolicyManifest } from '../workload/network-policy.ts';
import { networkEnvironment } from '../workload/network-targets.ts';
import { serviceAccountManifest } from '../workload/service-account.ts';
import { APART_ANNOTATION } from '../fleet/normaliser-apart.ts';
import { serverUrls, type WorkloadSettings } from '../workload/settings.ts';

const CONFIG_HASH_ANNOTATION = 'flotilla.dev/config-hash';
const SOURCES_DIRECTORY = '/etc/flotilla/gateway';
const SOURCES_FILE = 'sources.json';
const SECRETS_DIRECTORY = '/etc/flotilla/secrets';
const SECRETS_FROM_SOURCES_FILE = '../secrets';
const DATASETS_DIRECTORY = '/etc/flotilla/datasets';
const DATASETS_FROM_SOURCES_FILE = '../datasets';
const DATA_DIRECTORY = '/app/examples/data';

type ReplaySettings = Pick<Extract<GatewaySource, { readonly scheme: 'Replay' }>, 'datasets' | 'folder' | 'path' | 'format'>;

/** A source that the gateway can serve. */
export interface ServedSource {
  readonly name: string;
  readonly spec: SignalSourceSpec;
  /** Fields of the spec that this build does not know and ignores. */
  readonly unknownFields: readonly string[];
}

/** The sources file. */
export function gatewayConfig(sources: readonly ServedSource[]): GatewayConfig {
  return { schemaVersion: 1, sources: byName(sources).map(gatewaySource) };
}

/** Hash over all settings of a gateway. A running gateway restarts when the hash changes. The gateway takes up a changed Secret without a restart. */
export function gatewayHash(sources: readonly ServedSource[]): string {
  return sha256(canonicalJson(gatewayConfig(sources)));
}

/** The source whose pod template the gateway takes: the first by name that has one. */
export function podTemplateSource(sources: readonly ServedSource[]): ServedSource | undefined {
  return byName(sources).find(({ spec }) => spec.podTemplate !== undefined);
}

/** @param isApart whether no pod of the gateway normalises over the connection of the gateway, by `isNormaliserApart` */
export function planGateway(sources: readonly ServedSource[], settings: WorkloadSettings, isApart = true): readonly Intent[] {
  const { namespace } = settings;
  const belonging: Belonging = { component: 'gateway', instance: GATEWAY_NAME };
  const port = SERVICE_PORTS.gateway;
  const { network } = compileRole(undefined, { role: 'Gateway' });
  const deployment = deploymentManifest({
    belonging,
    namespace,
    image: settings.image,
    pods: settings.pods,
    entryPoint: 'gateway/main.ts',
    port: SERVICE_PORTS.gatewayHealth,
    publicPort: { name: 'webhooks', port },
    replicas: 1,
    strategy: 'RollingUpdate',
    podTemplate: podTemplateSource(sources)?.spec.podTemplate,
    environment: [
      ...commonEnvironment(settings, port),
      ...tracingEnvironment(settings),
      { name: 'HEALTH_PORT', value: String(SERVICE_PORTS.gatewayHealth) },
      ...busEnvironment(settings),
      NORMALISER_TOKEN_VARIABLE,
      ...storeEnvironment(settings),
      { name: 'FLOTILLA_SOURCES_FILE', value: `${SOURCES_DIRECTORY}/${SOURCES_FILE}` },
      { name: 'FLOTILLA_DATA_DIR', value: DATA_DIRECTORY },
      ...networkEnvironment(network, settings),
    ],
    moreBusTokens: [{ audience: NORMALISER_TOKEN_AUDIENCE, file: NORMALISER_TOKEN_FILE }],
    volumes: [
      configVolume(),
      storeLoginVolume(),
      ...byName(sources).flatMap((source) => [...secretVolume(source), ...datasetVolume(source)]),
    ],
    ...(isApart ? { annotations: { [APART_ANNOTATION]: 'true' } } : {}),
    podAnnotations: { [CONFIG_HASH_ANNOTATION]: gatewayHash(sources) },
    terminationGraceSeconds: 25,
    owner: undefined,
  });
  const policy = networkPolicyManifest({
    belonging,
    namespace,
    owner: undefined,
    reaches: serverUrls(network.servers, settings),
    healthPort: SERVICE_PORTS.gatewayHealth,
    publicPort: port,
    network: settings.network,
  });
  const apply = (resource: (typeof KUBERNETES_TYPES)[keyof typeof KUBERNETES_TYPES], manifest: KubeManifest): Intent => ({
    type: 'apply',
    resource,
    manifest,
  });
  return [
    apply(KUBERNETES_TYPES.serviceAccount, serviceAccountManifest(belonging, namespace, undefined)),
    { type: 'apply', resource: KUBERNETES_TYPES.networkPolicy, manifest: policy, whole: true },
    apply(KUBERNETES_TYPES.configMap, configMapManifest(belonging, sources, settings)),
    { type: 'apply', resource: KUBERNETES_TYPES.deployment, manifest: deployment, whole: true },
    // Last, because a node port that is taken must not keep the gateway from changing.
    apply(KUBERNETES_TYPES.service, serviceManifest(belonging, settings)),
  ];
}

function gatewaySource({ name, spec }: ServedSource): GatewaySource {
  const common = {
    name,
    venue: spec.venue,
    instruments: [...spec.instruments].sort(),
    ratePerSecond: spec.rate.perSecond,
    burst: spec.rate.burst,
  };
  // Relative to the sources file: a node without mount namespaces puts the mounts elsewhere, in the same arrangement.
  const secretFile = `${SECRETS_FROM_SOURCES_FILE}/${name}/${spec.secretRef?.key ?? 'secret'}`;
  switch (spec.scheme) {
    case 'Hmac':
      return { ...common, scheme: 'Hmac', secretFile };
    case 'TradingView': {
      const { sourceAddresses = TRADING_VIEW_ADDRESSES, freshnessSeconds = 60, symbols } = spec.tradingView ?? {};
      return {
        ...common,
        scheme: 'TradingView',
        secretFile,
        sourceAddresses: [...sourceAddresses],
        freshnessMs: freshnessSeconds * 1_000,
        ...(symbols === undefined ? {} : { symbols: symbols.map(({ symbol, instrument }) => ({ symbol, instrument })) }),
      };
    }
    default:
      return { ...common, scheme: 'Replay', ...replaySettings(name, spec.replay) };
  }
}

function replaySettings(name: string, replay: SignalSourceSpec['replay']): ReplaySettings {
  const { datasets = [], from, format } = replay ?? {};
  const path = from?.volumeClaim?.path;
  return {
    datasets: [...datasets].sort(),
    // Relative to the sources file, for the reason of the secrets.
    ...(from === undefined ? {} : { folder: `${DATASETS_FROM_SOURCES_FILE}/${name}` }),
    ...(path === undefined ? {} : { path }),
    ...(format === undefined ? {} : { format: rowFormat(format) }),
  };
}

function rowFormat({ kind, barSeconds, barTime, delimiter, columns, time, timeZone, symbols }: ReplayFormat): RowFormat {
  return {
    kind,
    ...(barSeconds === undefined ? {} : { barMs: barSeconds * 1_000 }),
    ...(barTime === undefined ? {} : { barTime }),
    delimiter: DELIMITERS[delimiter],
    columns: columns ?? {},
    time,
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(symbols === undefined ? {} : { symbols }),
  };
}

function byName(sources: readonly ServedSource[]): readonly ServedSource[] {
  return [...sources].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function configMapManifest(belonging: Belonging, sources: readonly ServedSource[], { namespace }: WorkloadSettings): KubeManifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: GATEWAY_NAME, namespace, labels: labelsOf(belonging) },
    data: { [SOURCES_FILE]: `${JSON.stringify(gatewayConfig(sources), null, 2)}\n` },
  };
}

function serviceManifest(belonging: Belonging, { namespace, gatewayNodePort }: WorkloadSettings): KubeManifest {
  // The number, not the name: pods of an older version, which serve during an upgrade, give the port another name.
  const port = { name: 'http', port: SERVICE_PORTS.gateway, targetPort: SERVICE_PORTS.gateway, protocol: 'TCP' };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: GATEWAY_NAME, namespace, labels: labelsOf(belonging) },
    spec: {
      type: gatewayNodePort === undefined ? 'ClusterIP' : 'NodePort',
      selector: selectorOf(belonging),
      ports: [gatewayNodePort === undefined ? port : { ...port, nodePort: gatewayNodePort }],
    },
  };
}

/** Not optional: a gateway without a login could take no webhook. */
function storeLoginVolume(): Volume {
  return { name: 'store-login', mountPath: STORE_LOGIN_FOLDER, readOnly: true, source: { secret: { secretName: GATEWAY_STORE_SECRET } } };
}

function configVolume(): Volume {
  return { name: 'sources', mountPath: SOURCES_DIRECTORY, readOnly: true, source: { configMap: { name: GATEWAY_NAME } } };
}

/** Optional: a Secret that is missing must not keep the webhooks of all other sources down. */
function secretVolume({ name, spec }: ServedSource): readonly Volume[] {
  if (spec.secretRef === undefined) return [];
  const { name: secretName, key, nextKey = NEXT_KEY_DEFAULT } = spec.secretRef;
  const items = [
    { key, path: key },
    { key: nextKey, path: NEXT_SECRET_FILE },
  ];
  return [
    {
      name: `secret-${name}`,
      mountPath: `${SECRETS_DIRECTORY}/${name}`,
      readOnly: true,
      source: { secret: { secretName, items, optional: true } },
    },
  ];
}

/**
 * A ConfigMap that is missing must not keep the other sources down, so its volume is optional. Kubernetes has no optional claims: the new pod of the gateway
 * waits for a claim that is missing, and the former pod serves on.
 */
function datasetVolume({ name, spec }: ServedSource): readonly Volume[] {
  const { configMap, volumeClaim } = spec.replay?.from ?? {};
  const mount = { name: `dataset-${name}`, mountPath: `${DATASETS_DIRECTORY}/${name}`, readOnly: true };
  if (configMap !== undefined) return [{ ...mount, source: { configMap: { name: configMap.name, optional: true } } }];
  if (volumeClaim !== undefined) return [{ ...mount, source: { persistentVolumeClaim: { claimName: volumeClaim.name, readOnly: true } } }];
  return [];
}
