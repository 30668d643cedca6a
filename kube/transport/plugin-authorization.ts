/** Credentials that a program or an OIDC provider issues, as a kubeconfig names it. */
import type { KubeConfig } from '@kubernetes/client-node';
import type { Connection } from './connection.ts';

/**
 * Credentials of exec plugins and OIDC providers, by KubeConfig of `@kubernetes/client-node`, which caches and refreshes them.
 *
 * Imported on first use only: the package costs more than 80 MiB of resident memory, and a pod or a token user never needs it.
 */
export function pluginAuthorization(options: { readonly path: string; readonly context?: string }): Connection['authorization'] {
  let config: KubeConfig | undefined;
  return async ({ refresh }) => {
    if (config === undefined || refresh) {
      const { KubeConfig } = await import('@kubernetes/client-node');
      config = new KubeConfig();
      config.loadFromFile(options.path);
      if (options.context !== undefined) config.setCurrentContext(options.context);
    }
    const request: { headers: Record<string, string> } = { headers: {} };
    await config.applyToHTTPSOptions(request);
    return request.headers['Authorization'];
  };
}
