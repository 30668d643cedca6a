/** Writes a kubeconfig for one user of a local API server. */

export interface KubeconfigOptions {
  /** Of cluster and context. Default: `flotilla-local`. */
  readonly name?: string;
  readonly server: string;
  readonly certificateAuthorityFile: string;
  readonly user: string;
  readonly token: string;
  readonly namespace: string;
}

/** A kubeconfig as JSON, which is YAML too. */
export function kubeconfig(options: KubeconfigOptions): string {
  const name = options.name ?? 'flotilla-local';
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server: options.server, 'certificate-authority': options.certificateAuthorityFile } }],
    users: [{ name: options.user, user: { token: options.token } }],
    contexts: [{ name, context: { cluster: name, user: options.user, namespace: options.namespace } }],
  };
  return `${JSON.stringify(document, undefined, 1)}\n`;
}
