/** Gives tests the report of a gateway that serves all its sources, or all but some. */
import type { GatewayConfig } from '@flotilla/contracts/control/gateway-config.ts';
import { GATEWAY_NAME, type GatewayStatus } from '@flotilla/contracts/control/gateway-status.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import type { WorkerProblem } from '@flotilla/contracts/control/worker-problem.ts';
import type { KubeObject } from '@flotilla/kube/mod.ts';

/**
 * @param configMap the ConfigMap of the gateway, which names the sources
 * @param problems by source
 */
export function servingGateway(configMap: KubeObject | undefined, problems: Readonly<Record<string, WorkerProblem>> = {}): GatewayStatus {
  const { data } = (configMap ?? {}) as { readonly data?: Readonly<Record<string, string>> };
  const { sources } = JSON.parse(data?.['sources.json'] ?? '{"sources":[]}') as Pick<GatewayConfig, 'sources'>;
  return {
    schemaVersion: 1,
    gateway: GATEWAY_NAME,
    instance: 'gateway-1',
    sources: sources.map(({ name }) => ({ name, ...(problems[name] === undefined ? {} : { problem: problems[name] }) })),
    updatedAt: formatTime(Date.now()),
  };
}
