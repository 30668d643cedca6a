/** Schema of the operator's settings. The start of the operator and the reference page read it. */
import { SERVICE_PORTS } from '@flotilla/contracts/values/service-ports.ts';
import { objectName } from '@flotilla/contracts/values/scalars.ts';
import { commonSettings, tracingSettings } from '@flotilla/runtime/config.ts';
import { z } from 'zod';
import { podTemplateSchema } from '@flotilla/contracts/resources/pod-template.ts';
import { jsonSetting } from './workload/json-setting.ts';
import {
  DEFAULT_NETWORK_REACH,
  dnsPeersSetting,
  dnsPortsSetting,
  externalCidrsSetting,
  hostPeersSetting,
} from './workload/network-reach.ts';
import { selectionProblem, tenantNamesSetting, tenantSelectorSetting } from './tenants/tenant-settings.ts';
import type { WorkloadSettings } from './workload/settings.ts';

const text = z.string().min(1);
/** Name of the operator's Service in the chart. */
const OPERATOR_SERVICE = 'flotilla-operator';

/** All settings of the operator, read from the environment. */
export const operatorSettingsSchema = z
  .object({
    ...commonSettings(SERVICE_PORTS.operator),
    ...tracingSettings,
    NATS_URL: z.url({ protocol: /^(nats|tls)$/ }).describe('Address of NATS.'),
    FLOTILLA_BUS_IDENTITY_FILE: text.describe(
      'File with the keys by which the operator signs the accounts of the bus, as the credentials job made the file. Secret.',
    ),
    KUBECONFIG: text.optional().describe("Kubeconfig file. Without one the service uses its pod's ServiceAccount."),
    KUBERNETES_SERVICE_HOST: text.optional().describe('Address of the API server inside the cluster. Kubernetes sets the value.'),
    KUBERNETES_SERVICE_PORT: text.default('443').describe('Port of the API server inside the cluster. Kubernetes sets the value.'),
    FLOTILLA_NAMESPACE: objectName.describe(
      'Namespace of the installation: of the lease, the bus and the store. The operator always serves it.',
    ),
    FLOTILLA_TENANT_NAMESPACES: tenantNamesSetting
      .optional()
      .describe(
        'Namespaces that the operator serves beside its own: names separated by commas, or `*` for every namespace with an object of Flotilla. Default: none.',
      ),
    FLOTILLA_TENANT_SELECTOR: tenantSelectorSetting
      .optional()
      .describe('Label selector of the namespaces that the operator serves beside its own, instead of their names.'),
    FLOTILLA_TENANT_READS: z
      .enum(['Cluster', 'Namespace'])
      .default('Cluster')
      .describe(
        '`Namespace`: the operator reads the objects of Flotilla in the namespaces that it serves alone, so it needs no right to read those of others.',
      ),
    FLOTILLA_SHARED_READER: z
      .enum(['on', 'off'])
      .default('on')
      .describe('`off`: the bus admits no token of the ServiceAccount that people share, so each person needs an account of their own.'),
    FLOTILLA_IMAGE: text.default('flotilla:dev').describe('Image of the pods that the operator starts.'),
    FLOTILLA_NATS_URL: z.url({ protocol: /^(nats|tls)$/ }).describe('Address of NATS as the pods reach it.'),
    FLOTILLA_REDIS_URL: z.url({ protocol: /^rediss?$/ }).describe('Address of Redis as the pods reach it.'),
    FLOTILLA_STORE_PASSWORD: text
      .optional()
      .describe(
        "Password of the operator's user at Redis. With it the operator keeps the users of the gateways, without it a person does. Secret.",
      ),
    FLOTILLA_STORE_EPOCH: z.coerce
      .number()
      .int()
      .min(1)
      .max(1_000_000_000)
      .default(1)
      .describe(
        'A higher number gives every gateway another password at Redis. The password of the number before stays until no gateway uses it.',
      ),
    FLOTILLA_GATEWAY_NODE_PORT: z.coerce
      .number()
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe('Node port of the gateway. Without one the Service of the gateway is a ClusterIP.'),
    FLOTILLA_POD_HOST: text
      .optional()
      .describe("Address on which pods listen. `*` means every address, so that port-forward reaches them. Default: the pod's address."),
    FLOTILLA_IMAGE_PULL_POLICY: z
      .enum(['Always', 'IfNotPresent', 'Never'])
      .default('IfNotPresent')
      .describe('When a node pulls the image.'),
    FLOTILLA_IMAGE_PULL_SECRETS: text
      .transform((list) => list.split(',').map((name) => name.trim()))
      .optional()
      .describe('Names of Secrets with registry credentials, separated by commas.'),
    FLOTILLA_DNS_PEERS: dnsPeersSetting
      .optional()
      .describe(
        'Pods or addresses that answer DNS queries: a JSON array of NetworkPolicy peers. Default: the pods `k8s-app=kube-dns` of `kube-system`.',
      ),
    FLOTILLA_DNS_PORTS: dnsPortsSetting.optional().describe('Ports on which DNS queries are answered: a JSON array. Default: 53.'),
    FLOTILLA_EXTERNAL_CIDRS: externalCidrsSetting
      .optional()
      .describe(
        'Addresses of NATS, Redis and the collector when they run outside the cluster: a JSON array of CIDR ranges. Default: every address but the metadata services of clouds.',
      ),
    FLOTILLA_HOST_PEERS: hostPeersSetting
      .optional()
      .describe(
        'Pods or addresses behind host names of the addresses above: a JSON object of host names, each with an array of NetworkPolicy peers.',
      ),
    FLOTILLA_POLICY_ENGINE: z
      .enum(['Expected', 'None'])
      .default('Expected')
      .describe(
        '`Expected`: an engine enforces NetworkPolicies, so pods try their own policy, and a forbidden address that a pod reaches is a leak. `None`: nothing enforces NetworkPolicies here, and statuses say so.',
      ),
    FLOTILLA_POD_TEMPLATE: jsonSetting(podTemplateSchema)
      .optional()
      .describe(
        'Pod template of every workload, as JSON, as in `spec.podTemplate` of a Portfolio. The template of an object goes over it.',
      ),
    FLOTILLA_PRIORITY_CLASS_TRADING: text.optional().describe('Priority class of exec, gateway and audit.'),
    FLOTILLA_PRIORITY_CLASS_AGENTS: text.optional().describe('Priority class of agents.'),
    FLOTILLA_AUDIT_KEY_SECRET: text.optional().describe("Secret with the audit log's signing key."),
    FLOTILLA_AUDIT_VOLUME_SIZE: text.default('10Gi').describe("Size of the audit log's volume when the operator creates it."),
    FLOTILLA_AUDIT_STORAGE_CLASS: text.optional().describe("Storage class of the audit log's volume."),
    FLOTILLA_STREAM_REPLICAS: z.coerce
      .number()
      .int()
      .min(1)
      .max(5)
      .default(1)
      .describe('Replicas of each stream: 1 on one machine, 3 in production.'),
    FLOTILLA_LEADER_ELECTION: z
      .enum(['on', 'off'])
      .default('on')
      .describe('`off` only where no second operator can ever serve the same namespace.'),
  })
  .check(selectionProblem);
export type OperatorSettings = z.infer<typeof operatorSettingsSchema>;

/** The settings that the operator hands on to pods. */
export function workloadSettings(settings: OperatorSettings): WorkloadSettings {
  return {
    namespace: settings.FLOTILLA_NAMESPACE,
    sharedReader: settings.FLOTILLA_SHARED_READER === 'on',
    image: settings.FLOTILLA_IMAGE,
    natsUrl: settings.FLOTILLA_NATS_URL,
    redisUrl: settings.FLOTILLA_REDIS_URL,
    logLevel: settings.LOG_LEVEL,
    revision: settings.FLOTILLA_REVISION,
    otlpEndpoint: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
    gatewayNodePort: settings.FLOTILLA_GATEWAY_NODE_PORT,
    streamReplicas: settings.FLOTILLA_STREAM_REPLICAS,
    pods: {
      host: settings.FLOTILLA_POD_HOST,
      imagePullPolicy: settings.FLOTILLA_IMAGE_PULL_POLICY,
      imagePullSecrets: settings.FLOTILLA_IMAGE_PULL_SECRETS ?? [],
      tradingPriorityClass: settings.FLOTILLA_PRIORITY_CLASS_TRADING,
      agentPriorityClass: settings.FLOTILLA_PRIORITY_CLASS_AGENTS,
      template: settings.FLOTILLA_POD_TEMPLATE,
    },
    network: {
      dns: {
        to: settings.FLOTILLA_DNS_PEERS ?? DEFAULT_NETWORK_REACH.dns.to,
        ports: settings.FLOTILLA_DNS_PORTS ?? DEFAULT_NETWORK_REACH.dns.ports,
      },
      externalCidrs: settings.FLOTILLA_EXTERNAL_CIDRS ?? DEFAULT_NETWORK_REACH.externalCidrs,
      hostPeers: settings.FLOTILLA_HOST_PEERS ?? DEFAULT_NETWORK_REACH.hostPeers,
    },
    policyEngine: settings.FLOTILLA_POLICY_ENGINE,
    operatorHost: `${OPERATOR_SERVICE}.${settings.FLOTILLA_NAMESPACE}.svc`,
    auditKeySecret: settings.FLOTILLA_AUDIT_KEY_SECRET,
    auditVolume: { size: settings.FLOTILLA_AUDIT_VOLUME_SIZE, storageClass: settings.FLOTILLA_AUDIT_STORAGE_CLASS },
  };
}
