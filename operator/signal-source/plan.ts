/** Builds the gateway of a tenant namespace from its SignalSources. Pure. */
import { compileRole } from '@flotilla/contracts/access/compile-role.ts';
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import type { GatewayConfig, GatewaySource } from '@flotilla/contracts/control/gateway-config.ts';
import { GATEWAY_NAME } from '@flotilla/contracts/control/gateway-status.ts';
import { sha256 } from '@flotilla/contracts/values/ids.ts';
import { type SignalSourceSpec, TRADING_VIEW_ADDRESSES } from '@flotilla/contracts/resources/signal-source.ts';
import { SERVICE_PORTS } from '@flotilla/contracts/values/service-ports.ts';
import type { Intent } from '@flotilla/kube/execute/intent.ts';
import type { KubeManifest } from '@flotilla/kube/objects/kube-object.ts';
import { KUBERNETES_TYPES } from '@flotilla/kube/objects/resource-type.ts';
import { deploymentManifest, type Volume } from '../workload/deployment.ts';
import { busEnvironment, commonEnvironment, storeEnvironment } from '../workload/environment.ts';
import { type Belonging, labelsOf, selectorOf } from '../workload/labels.ts';
import { networkPolicyManifest } from '../workload/network-policy.ts';
import { serviceAccountManifest } from '../workload/service-account.ts';
import { serverUrls, type WorkloadSettings } from '../workload/settings.ts';

const CONFIG_HASH_ANNOTATION = 'flotilla.dev/config-hash';
const SOURCES_DIRECTORY = '/etc/flotilla/gateway';
const SOURCES_FILE = 'sources.json';
const SECRETS_DIRECTORY = '/etc/flotilla/secrets';
const SECRETS_FROM_SOURCES_FILE = '../secrets';
const DATA_DIRECTORY = '/app/examples/data';

/** A source that the gateway can serve. */
export interface ServedSource {
  readonly name: string;
  readonly spec: SignalSourceSpec;
  /** Fields of the spec that this build does not know and ignores. */
  readonly unknownFields: readonly string[];
  /** Version of the Secret, so that a new secret restarts the gateway; undefined for a source without a Secret. */
  readonly secretVersion: string | undefined;
}

/** The sources file. */
export function gatewayConfig(sources: readonly ServedSource[]): GatewayConfig {
  return { schemaVersion: 1, sources: byName(sources).map(gatewaySource) };
}

/** Hash over all settings and Secrets of a gateway. A running gateway restarts when the hash changes. */
export function gatewayHash(sources: readonly ServedSource[]): string {
  return sha256(canonicalJson([gatewayConfig(sources), byName(sources).map(({ secretVersion }) => secretVersion ?? '')]));
}

/** The source whose pod template the gateway takes: the first by name that has one. */
export function podTemplateSource(sources: readonly ServedSource[]): ServedSource | undefined {
  return byName(sources).find(({ spec }) => spec.podTemplate !== undefined);
}

export function planGateway(sources: readonly ServedSource[], settings: WorkloadSettings): readonly Intent[] {
  const { namespace } = settings;
  const belonging: Belonging = { component: 'gateway', instance: GATEWAY_NAME };
  const port = SERVICE_PORTS.gateway;
  const reaches = serverUrls(compileRole(undefined, { role: 'Gateway' }).network.servers, settings);
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
      { name: 'HEALTH_PORT', value: String(SERVICE_PORTS.gatewayHealth) },
      ...busEnvironment(settings),
      ...storeEnvironment(settings, 'gateway'),
      { name: 'FLOTILLA_SOURCES_FILE', value: `${SOURCES_DIRECTORY}/${SOURCES_FILE}` },
      { name: 'FLOTILLA_DATA_DIR', value: DATA_DIRECTORY },
    ],
    volumes: [configVolume(), ...byName(sources).flatMap(secretVolume)],
    podAnnotations: { [CONFIG_HASH_ANNOTATION]: gatewayHash(sources) },
    terminationGraceSeconds: 25,
    owner: undefined,
  });
  const policy = networkPolicyManifest({
    belonging,
    namespace,
    owner: undefined,
    reaches,
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
    apply(KUBERNETES_TYPES.networkPolicy, policy),
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
      return { ...common, scheme: 'Replay', datasets: [...(spec.replay?.datasets ?? [])].sort() };
  }
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

function configVolume(): Volume {
  return { name: 'sources', mountPath: SOURCES_DIRECTORY, readOnly: true, source: { configMap: { name: GATEWAY_NAME } } };
}

/** Optional: a Secret that is deleted later must not keep the webhooks of all other sources down. */
function secretVolume({ name, spec }: ServedSource): readonly Volume[] {
  if (spec.secretRef === undefined) return [];
  const { name: secretName, key } = spec.secretRef;
  return [
    {
      name: `secret-${name}`,
      mountPath: `${SECRETS_DIRECTORY}/${name}`,
      readOnly: true,
      source: { secret: { secretName, items: [{ key, path: key }], optional: true } },
    },
  ];
}
