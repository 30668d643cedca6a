/** Settings of the operator that concern the pods it starts. */
import type { NetworkServer } from '@flotilla/contracts/access/compile-role.ts';
import type { PodTemplate } from '@flotilla/contracts/resources/pod-template.ts';
import type { NetworkReach } from './network-reach.ts';

/** Settings that the operator hands to every pod. */
export interface WorkloadSettings {
  /** The tenant namespace. */
  readonly namespace: string;
  /** Whether people without an account of their own share one at the bus. Default: yes. */
  readonly sharedReader?: boolean;
  readonly image: string;
  readonly natsUrl: string;
  readonly redisUrl: string;
  readonly logLevel: string;
  readonly revision: string;
  readonly otlpEndpoint: string | undefined;
  /** Node port of the gateway's Service. Undefined: the Service is a ClusterIP. */
  readonly gatewayNodePort: number | undefined;
  /** Replicas of each stream. */
  readonly streamReplicas: number;
  readonly pods?: PodSettings;
  /** Default: the usual DNS service of a cluster, and any address for servers outside the cluster. */
  readonly network?: NetworkReach | undefined;
  /** Whether an engine enforces NetworkPolicies here. With `None`, the default, no pod tries its policy, and statuses say so. */
  readonly policyEngine?: 'Expected' | 'None';
  /** Host name of the operator's Service, whose health port the pods of principals must not reach. Absent: not known. */
  readonly operatorHost?: string;
  /** Secret with the key that signs the audit log; without one the audit writer keeps a key on a volume of its own. */
  readonly auditKeySecret?: string | undefined;
  readonly auditVolume?: { readonly size: string | undefined; readonly storageClass: string | undefined };
}

/** URLs of the servers that a workload reaches; undefined for one that the installation does not have. */
export function serverUrls(servers: readonly NetworkServer[], settings: WorkloadSettings): readonly (string | undefined)[] {
  return servers.map((server) => serverUrl(server, settings));
}

function serverUrl(server: NetworkServer, settings: WorkloadSettings): string | undefined {
  switch (server) {
    case 'bus':
      return settings.natsUrl;
    case 'store':
      return settings.redisUrl;
    case 'telemetry':
      return settings.otlpEndpoint;
    default:
      return server satisfies never;
  }
}

/** Settings of an installation for all pods. */
export interface PodSettings {
  /** Address on which the services listen. Undefined: the pod's address alone, for pods that share a loopback device. */
  readonly host?: string | undefined;
  readonly imagePullPolicy?: string | undefined;
  /** Names of Secrets in the tenant namespace. */
  readonly imagePullSecrets?: readonly string[];
  /** Priority class of the services that keep positions safe: exec, gateway, audit. */
  readonly tradingPriorityClass?: string | undefined;
  readonly agentPriorityClass?: string | undefined;
  /** Pod template of every workload. The template of an object goes over it. */
  readonly template?: PodTemplate | undefined;
}
