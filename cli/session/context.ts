/** Finds the addresses of the cluster, the bus and the gateway: in flags, then in the environment, then in the local cluster's file. Pure. */

/** Content of `.local/cli.json`, which `make up` writes. Every field may be missing. */
export interface LocalConfig {
  readonly kubeconfig?: string;
  readonly kubectl?: string;
  readonly namespace?: string;
  readonly natsUrl?: string;
  readonly gatewayUrl?: string;
  /** The operator's user at the API server of the local cluster. */
  readonly operatorUser?: string;
}

export interface GlobalFlags {
  readonly kubeconfig?: string;
  readonly namespace?: string;
  readonly natsUrl?: string;
  readonly gatewayUrl?: string;
  readonly person?: string;
}

export interface CliContext {
  /** Undefined: kubectl's own default. */
  readonly kubeconfig: string | undefined;
  readonly kubectl: string;
  readonly namespace: string;
  readonly natsUrl: string | undefined;
  /** The person as whom the command enters the bus. Undefined: the account that people share. */
  readonly person: string | undefined;
  /** Secret. Token of a ServiceAccount for the bus. Undefined: kubectl asks for one. */
  readonly natsToken: string | undefined;
  /** File with claims and seed of a user of the bus, in place of a token. */
  readonly natsCredsFile: string | undefined;
  readonly gatewayUrl: string | undefined;
  /** The operator's user at the API server; undefined: the ServiceAccount of the chart. */
  readonly operatorUser: string | undefined;
}

export interface ContextSources {
  readonly flags: GlobalFlags;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly local: LocalConfig;
}

export const NAMESPACE_DEFAULT = 'trading';

export function resolveContext({ flags, environment, local }: ContextSources): CliContext {
  const variable = (name: string): string | undefined => (environment[name] === '' ? undefined : environment[name]);
  return {
    kubeconfig: flags.kubeconfig ?? variable('KUBECONFIG') ?? local.kubeconfig,
    kubectl: variable('FLOTILLA_KUBECTL') ?? local.kubectl ?? 'kubectl',
    namespace: flags.namespace ?? variable('FLOTILLA_NAMESPACE') ?? local.namespace ?? NAMESPACE_DEFAULT,
    natsUrl: flags.natsUrl ?? variable('FLOTILLA_NATS_URL') ?? local.natsUrl,
    person: flags.person ?? variable('FLOTILLA_PERSON'),
    natsToken: variable('FLOTILLA_NATS_TOKEN'),
    natsCredsFile: variable('FLOTILLA_NATS_CREDS_FILE'),
    gatewayUrl: (flags.gatewayUrl ?? variable('FLOTILLA_GATEWAY_URL') ?? local.gatewayUrl)?.replace(/\/+$/, ''),
    operatorUser: local.operatorUser,
  };
}
