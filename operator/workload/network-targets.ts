/** Addresses that the pod of a principal tries, from the same compile of its role as its NetworkPolicy. Pure. */
import type { CompiledRole } from '@flotilla/contracts/access/compile-role.ts';
import { METADATA_ADDRESS, type NetworkTarget, withoutOpenPorts } from '@flotilla/contracts/access/network-targets.ts';
import type { NetworkTargets } from '@flotilla/contracts/control/network-report.ts';
import { GATEWAY_NAME } from '@flotilla/contracts/control/gateway-status.ts';
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import { SERVICE_PORTS } from '@flotilla/contracts/values/service-ports.ts';
import type { EnvironmentVariable } from './environment.ts';
import { portOfUrl } from './network-policy.ts';
import { serverUrls, type WorkloadSettings } from './settings.ts';

type Network = CompiledRole['network'];
type Target = Omit<NetworkTargets['denied'][number], 'name'> & { readonly name: NetworkTarget };

/**
 * Forbidden addresses that a connection can prove something about. An address is left out when the policy opens its port at another address, because the
 * engine judges a connection after the translation of addresses.
 */
export function deniedTargets(network: Network, settings: WorkloadSettings): readonly Target[] {
  const openPorts = [
    ...serverUrls(network.servers, settings).flatMap((url) => (url === undefined ? [] : [portOfUrl(url)])),
    ...network.hosts.flatMap(({ ports }) => ports),
  ];
  return withoutOpenPorts(network.denied, openPorts).flatMap((target) => {
    const address = addressOf(target, settings);
    if (address === undefined) return [];
    // The store of an installation may have a port of its own. No policy opens the metadata service of a cloud.
    const isOpen = target !== 'metadata' && openPorts.includes(address.port);
    return isOpen ? [] : [{ name: target, ...address }];
  });
}

/**
 * The variable with the addresses; none where no engine is expected. The value holds for any AgentRole, so that a changed role restarts no pod: the operator
 * leaves out of a report what the role opens.
 */
export function networkEnvironment(network: Network, settings: WorkloadSettings): readonly EnvironmentVariable[] {
  if (settings.policyEngine !== 'Expected') return [];
  const targets: NetworkTargets = { permitted: addressOfUrl(settings.natsUrl), denied: [...deniedTargets(network, settings)] };
  return [{ name: 'FLOTILLA_NETWORK_TARGETS', value: canonicalJson(targets) }];
}

function addressOf(target: NetworkTarget, { redisUrl, operatorHost, namespace }: WorkloadSettings): Omit<Target, 'name'> | undefined {
  switch (target) {
    case 'apiServer':
      return { host: 'kubernetes.default.svc', port: 443 };
    case 'store':
      return addressOfUrl(redisUrl);
    case 'operator':
      return operatorHost === undefined ? undefined : { host: operatorHost, port: SERVICE_PORTS.operator };
    case 'gateway':
      return { host: `${GATEWAY_NAME}.${namespace}.svc`, port: SERVICE_PORTS.gateway };
    case 'metadata':
      return { host: METADATA_ADDRESS, port: 80 };
    default:
      return target satisfies never;
  }
}

function addressOfUrl(url: string): Omit<Target, 'name'> {
  return { host: new URL(url).hostname.replace(/^\[|\]$/g, ''), port: portOfUrl(url) };
}
