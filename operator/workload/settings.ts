/** Settings of the operator that concern the pods it starts. */
import type { PodTemplate } from '@flotilla/contracts/resources/pod-template.ts';
import type { NetworkReach } from './network-reach.ts';

/** What the operator hands to every pod that it starts. */
export interface WorkloadSettings {
  /** The tenant namespace. */
  readonly namespace: string;
  readonly image: string;
  readonly natsUrl: string;
  readonly redisUrl: string;
  readonly logLevel: string;
  readonly revision: string;
  readonly otlpEndpoint: string | undefined;
  /** The gateway's Service is a NodePort on it; a ClusterIP when undefined. */
  readonly gatewayNodePort: number | undefined;
  readonly pods?: PodSettings;
  /** Default: the cluster's usual DNS service; servers outside the cluster at any address. */
  readonly network?: NetworkReach | undefined;
  /** Secret with the key that signs the audit log; without one the audit writer keeps a key on a volume of its own. */
  readonly auditKeySecret?: string | undefined;
  readonly auditVolume?: { readonly size: string | undefined; readonly storageClass: string | undefined };
}

/** What an installation decides about all pods. */
export interface PodSettings {
  /** What they listen on; undefined: the pod's address alone, for pods that share a loopback device. */
  readonly host?: string | undefined;
  readonly imagePullPolicy?: string | undefined;
  /** Names of Secrets in the tenant namespace. */
  readonly imagePullSecrets?: readonly string[];
  /** For what keeps positions safe: exec, gateway, audit. */
  readonly tradingPriorityClass?: string | undefined;
  readonly agentPriorityClass?: string | undefined;
  /** Pod template of every workload; that of an object goes over it. */
  readonly template?: PodTemplate | undefined;
}
