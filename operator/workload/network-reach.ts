/** The settings about the network of an installation, for the NetworkPolicies that the operator writes. */
import { z } from 'zod';
import { jsonSetting } from './json-setting.ts';

const CIDR = /^[0-9A-Fa-f.:]+\/\d{1,3}$/;

const selector = z.strictObject({
  matchLabels: z.record(z.string(), z.string()).optional(),
  matchExpressions: z.array(z.strictObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).optional() })).optional(),
});

/** One entry of a NetworkPolicy's `to` or `from`. An empty entry would select everything, so the schema refuses it. */
const peer = z
  .strictObject({
    namespaceSelector: selector.optional(),
    podSelector: selector.optional(),
    ipBlock: z.strictObject({ cidr: z.string().regex(CIDR), except: z.array(z.string().regex(CIDR)).optional() }).optional(),
  })
  .refine((value) => Object.keys(value).length > 0, { error: 'expected namespaceSelector, podSelector or ipBlock, found an empty peer' });
export type PolicyPeer = z.infer<typeof peer>;

export interface NetworkReach {
  /** Pods or addresses that answer DNS queries, and the ports on which they do, as NetworkPolicies see them. */
  readonly dns: { readonly to: readonly PolicyPeer[]; readonly ports: readonly number[] };
  /**
   * Addresses of a bus, a store or a collector outside the cluster that the settings name by host name. A NetworkPolicy knows no host names,
   * so with an empty list their ports are open to every address but the metadata services of clouds.
   */
  readonly externalCidrs: readonly string[];
  /** Pods or addresses behind a host name of the settings, written as in the URL. Overrides what the name itself would give. */
  readonly hostPeers: Readonly<Record<string, readonly PolicyPeer[]>>;
}

/** The DNS service of kubeadm, kind, k3s, EKS, GKE and AKS. */
export const DEFAULT_NETWORK_REACH: NetworkReach = {
  dns: {
    to: [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
        podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
      },
    ],
    ports: [53],
  },
  externalCidrs: [],
  hostPeers: {},
};

/** The setting FLOTILLA_DNS_PEERS: a JSON array of peers. */
export const dnsPeersSetting = jsonSetting(z.array(peer).min(1));
/** The setting FLOTILLA_DNS_PORTS: a JSON array of port numbers. */
export const dnsPortsSetting = jsonSetting(z.array(z.int().min(1).max(65_535)).min(1));
/** The setting FLOTILLA_EXTERNAL_CIDRS: a JSON array of address ranges. */
export const externalCidrsSetting = jsonSetting(z.array(z.string().regex(CIDR)));
/** The setting FLOTILLA_HOST_PEERS: a JSON object of host names, each with an array of peers. */
export const hostPeersSetting = jsonSetting(z.record(z.string().min(1), z.array(peer).min(1)));
