/** Finds the addresses of the cluster, the bus and the gateway: in flags, then in the environment, then in the local cluster's file. Pure. */

/** Content of `.local/cli.json`, which `make up` writes. Every field may be missing. */
export interface LocalConfig {
  readonly kubeconfig?: string;
  readonly kubectl?: string;
  readonly namespace?: string;
  readonly natsUrl?: string;
  readonly natsUser?: string;
  readonly natsPassword?: string;
  readonly gatewayUrl?: string;
}

export interface GlobalFlags {
  readonly kubeconfig?: string;
  readonly namespace?: string;
  readonly natsUrl?: string;
  readonly gatewayUrl?: string;
}

export interface CliContext {
  /** Undefined: kubectl's own default. */
  readonly kubeconfig: string | undefined;
  readonly kubectl: string;
  readonly namespace: string;
  readonly natsUrl: string | undefined;
  readonly natsUser: string | undefined;
  readonly natsPassword: string | undefined;
  readonly gatewayUrl: string | undefined;
}

export interface ContextSources {
  readonly flags: GlobalFlags;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly local: LocalConfig;
}

export const NAMESPACE_DEFAULT = 'trading';

/** The local cluster's user and password go to the local cluster's NATS address only. */
export function resolveContext({ flags, environment, local }: ContextSources): CliContext {
  const variable = (name: string): string | undefined => (environment[name] === '' ? undefined : environment[name]);
  const natsUrl = flags.natsUrl ?? variable('FLOTILLA_NATS_URL') ?? local.natsUrl;
  const isLocalNats = natsUrl === local.natsUrl;
  return {
    kubeconfig: flags.kubeconfig ?? variable('KUBECONFIG') ?? local.kubeconfig,
    kubectl: variable('FLOTILLA_KUBECTL') ?? local.kubectl ?? 'kubectl',
    namespace: flags.namespace ?? variable('FLOTILLA_NAMESPACE') ?? local.namespace ?? NAMESPACE_DEFAULT,
    natsUrl,
    natsUser: variable('FLOTILLA_NATS_USER') ?? (isLocalNats ? local.natsUser : undefined),
    natsPassword: variable('FLOTILLA_NATS_PASSWORD') ?? (isLocalNats ? local.natsPassword : undefined),
    gatewayUrl: (flags.gatewayUrl ?? variable('FLOTILLA_GATEWAY_URL') ?? local.gatewayUrl)?.replace(/\/+$/, ''),
  };
}
