import { SERVICE_PORTS } from '@flotilla/contracts/service-ports.ts';
import { objectName } from '@flotilla/contracts/scalars.ts';
import { busSettings, commonSettings } from '@flotilla/runtime/config.ts';
import { z } from 'zod';
import type { WorkloadSettings } from './workload/settings.ts';

const text = z.string().min(1);

/** All settings of the operator, read from the environment. */
export const operatorSettingsSchema = z.object({
  ...commonSettings(SERVICE_PORTS.operator),
  ...busSettings,
  /** A kubeconfig file; without one the pod's own service account is used. */
  KUBECONFIG: text.optional(),
  KUBERNETES_SERVICE_HOST: text.optional(),
  KUBERNETES_SERVICE_PORT: text.default('443'),
  /** The tenant namespace. */
  FLOTILLA_NAMESPACE: objectName,
  FLOTILLA_IMAGE: text.default('flotilla:dev'),
  /** Addresses as pods reach them. */
  FLOTILLA_NATS_URL: z.url({ protocol: /^(nats|tls)$/ }),
  FLOTILLA_REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  FLOTILLA_GATEWAY_NODE_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  /** What pods listen on: `*` for every address, so that port-forward reaches them; unset: the pod's address alone. */
  FLOTILLA_POD_HOST: text.optional(),
  FLOTILLA_IMAGE_PULL_POLICY: z.enum(['Always', 'IfNotPresent', 'Never']).default('IfNotPresent'),
  /** Names of Secrets, separated by commas. */
  FLOTILLA_IMAGE_PULL_SECRETS: text.transform((list) => list.split(',').map((name) => name.trim())).optional(),
  /** Priority class of exec, gateway and audit, which keep positions safe, and of agents, which can wait. */
  FLOTILLA_PRIORITY_CLASS_TRADING: text.optional(),
  FLOTILLA_PRIORITY_CLASS_AGENTS: text.optional(),
  /** Secret with the audit log's signing key; without one the key lies beside the log. */
  FLOTILLA_AUDIT_KEY_SECRET: text.optional(),
  /** Of the audit log's volume, when it is first made. */
  FLOTILLA_AUDIT_VOLUME_SIZE: text.default('10Gi'),
  FLOTILLA_AUDIT_STORAGE_CLASS: text.optional(),
  /** Copies of each stream: 1 on one machine, 3 in production. */
  FLOTILLA_STREAM_REPLICAS: z.coerce.number().int().min(1).max(5).default(1),
  /** `off` only where no second operator can ever run on the same tenant namespace. */
  FLOTILLA_LEADER_ELECTION: z.enum(['on', 'off']).default('on'),
});
export type OperatorSettings = z.infer<typeof operatorSettingsSchema>;

/** What of them goes on to the pods. */
export function workloadSettings(settings: OperatorSettings): WorkloadSettings {
  return {
    namespace: settings.FLOTILLA_NAMESPACE,
    image: settings.FLOTILLA_IMAGE,
    natsUrl: settings.FLOTILLA_NATS_URL,
    redisUrl: settings.FLOTILLA_REDIS_URL,
    logLevel: settings.LOG_LEVEL,
    revision: settings.FLOTILLA_REVISION,
    otlpEndpoint: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
    gatewayNodePort: settings.FLOTILLA_GATEWAY_NODE_PORT,
    pods: {
      host: settings.FLOTILLA_POD_HOST,
      imagePullPolicy: settings.FLOTILLA_IMAGE_PULL_POLICY,
      imagePullSecrets: settings.FLOTILLA_IMAGE_PULL_SECRETS ?? [],
      tradingPriorityClass: settings.FLOTILLA_PRIORITY_CLASS_TRADING,
      agentPriorityClass: settings.FLOTILLA_PRIORITY_CLASS_AGENTS,
    },
    auditKeySecret: settings.FLOTILLA_AUDIT_KEY_SECRET,
    auditVolume: { size: settings.FLOTILLA_AUDIT_VOLUME_SIZE, storageClass: settings.FLOTILLA_AUDIT_STORAGE_CLASS },
  };
}
