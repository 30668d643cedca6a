/** Gives tests the report of a gateway that serves all its sources. */
import type { GatewayConfig } from '@flotilla/contracts/control/gateway-config.ts';
import { GATEWAY_NAME, type GatewayStatus } from '@flotilla/contracts/control/gateway-status.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import type { KubeObject } from '@flotilla/kube/mod.ts';

/** @param configMap the ConfigMap of the gateway, which names the sources */
export function servingGateway(configMap: KubeObject | undefined): GatewayStatus {
  const { data } = (configMap ?? {}) as { readonly data?: Readonly<Record<string, string>> };
  const { sources } = JSON.parse(data?.['sources.json'] ?? '{"sources":[]}') as Pick<GatewayConfig, 'sources'>;
  return {
    schemaVersion: 1,
    gateway: GATEWAY_NAME,
    instance: 'gateway-1',
    sources: sources.map(({ name }) => ({ name })),
    updatedAt: formatTime(Date.now()),
  };
}
