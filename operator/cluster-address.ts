/** Gives the programs of the operator the address of the API server, from a kubeconfig or from the pod. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { ConnectOptions } from '@flotilla/kube/mod.ts';

interface AddressSettings {
  readonly KUBECONFIG?: string | undefined;
  readonly KUBERNETES_SERVICE_HOST?: string | undefined;
  readonly KUBERNETES_SERVICE_PORT: string;
}

/** From the kubeconfig if the settings name one, else from the pod's service account. @throws FlotillaError CONFIG_INVALID when both are missing. */
export function clusterAddress(settings: AddressSettings): ConnectOptions['from'] {
  if (settings.KUBECONFIG !== undefined) return { kubeconfigPath: settings.KUBECONFIG };
  if (settings.KUBERNETES_SERVICE_HOST !== undefined) {
    return { inCluster: { host: settings.KUBERNETES_SERVICE_HOST, port: settings.KUBERNETES_SERVICE_PORT } };
  }
  throw new FlotillaError('CONFIG_INVALID', 'cannot start: 1 invalid setting:\n  KUBECONFIG: missing, and this is not a pod');
}
