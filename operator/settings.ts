import { SERVICE_PORTS } from '@flotilla/contracts/service-ports.ts';
import { objectName } from '@flotilla/contracts/scalars.ts';
import { busSettings, commonSettings } from '@flotilla/runtime';
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
  /** Copies of each stream: 1 on one machine, 3 in production. */
  FLOTILLA_STREAM_REPLICAS: z.coerce.number().int().min(1).max(5).default(1),
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
  };
}
