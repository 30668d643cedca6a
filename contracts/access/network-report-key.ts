/** Key of the network report of a principal in the bucket STATUS, below the keys that the principal may write. Pure. */
import { GATEWAY_NAME } from '../control/gateway-status.ts';
import type { Principal } from './principal.ts';

const SUFFIX = 'network';

/** Undefined for people, whose command line runs outside of the networks of the cluster, and for the normaliser, which runs in the pod of the gateway. */
export function networkReportKey(owner: Principal): string | undefined {
  switch (owner.role) {
    case 'SignalAgent':
      return `agent.${owner.portfolio}.${owner.strategy}.${SUFFIX}`;
    case 'Exec':
      return `exec.${owner.portfolio}.${SUFFIX}`;
    case 'Gateway':
      return `gateway.${GATEWAY_NAME}.${SUFFIX}`;
    case 'AuditWriter':
      return `audit.${SUFFIX}`;
    case 'Normaliser':
    case 'Reader':
    case 'Person':
      return undefined;
    default:
      return owner satisfies never;
  }
}

export function isNetworkReportKey(key: string): boolean {
  return key.endsWith(`.${SUFFIX}`);
}
