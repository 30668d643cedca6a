/** The connection that a kubeconfig describes. */
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { createRequire } from 'node:module';
import type * as ConfigTypes from '@kubernetes/client-node/dist/config_types.js';
import type { Cluster, Context, User } from '@kubernetes/client-node/dist/config_types.js';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type * as Yaml from 'yaml';
import type { Connection, TlsMaterial } from './connection.ts';
import { pluginAuthorization } from './plugin-authorization.ts';
import { makeTokenFile } from './token-file.ts';

/** Loaded only to read a kubeconfig: a pod needs neither package, and they cost 14 MiB of resident memory. */
const require = createRequire(import.meta.url);
const loadYaml = (): typeof Yaml => require('yaml') as typeof Yaml;
const loadConfigTypes = (): typeof ConfigTypes => require('@kubernetes/client-node/dist/config_types.js') as typeof ConfigTypes;

export interface KubeconfigOptions {
  readonly path: string;
  /** Default: the file's `current-context`. */
  readonly context?: string;
}

/**
 * Reads a kubeconfig with tokens, token files, basic authentication and client certificates. Exec and OIDC plugins run through KubeConfig of
 * `@kubernetes/client-node`, which is loaded only for them. Files that the kubeconfig names are read again for every new connection.
 *
 * @throws FlotillaError CONFIG_INVALID when the file, or a file that it names, cannot be read.
 */
export function kubeconfigConnection(options: KubeconfigOptions, clock: Pick<Clock, 'monotonicMs'>): Connection {
  const { cluster, context, user, tokenFile } = readContext(options);
  if (cluster.proxyUrl) throw invalid(options.path, 'proxy-url is not supported');
  const inDirectory = (file: string): string => (isAbsolute(file) ? file : join(dirname(options.path), file));
  const url = new URL(cluster.server);
  return {
    origin: url.origin,
    pathPrefix: url.pathname.replace(/\/$/, ''),
    namespace: context.namespace,
    tls: () => tlsMaterial(cluster, user, inDirectory),
    authorization: authorizationOf(options, user, tokenFile === undefined ? undefined : inDirectory(tokenFile), clock),
  };
}

interface ResolvedContext {
  readonly cluster: Cluster;
  readonly context: Context;
  readonly user: User;
  readonly tokenFile: string | undefined;
}

interface RawKubeconfig {
  readonly 'current-context'?: string;
  readonly clusters?: unknown;
  readonly contexts?: unknown;
  readonly users?: readonly { readonly name?: string; readonly user?: { readonly tokenFile?: string } }[];
}

function readContext({ path, context: wanted }: KubeconfigOptions): ResolvedContext {
  const { newClusters, newContexts, newUsers } = loadConfigTypes();
  let raw: RawKubeconfig;
  try {
    raw = (loadYaml().parse(readFileSync(path, 'utf8')) ?? {}) as RawKubeconfig;
  } catch (error) {
    throw invalid(path, 'cannot be read as YAML', error);
  }
  const contextName = wanted ?? raw['current-context'];
  const context = newContexts(raw.contexts).find(({ name }) => name === contextName);
  if (context === undefined) throw invalid(path, `has no context "${contextName ?? ''}"`);
  const cluster = newClusters(raw.clusters).find(({ name }) => name === context.cluster);
  if (cluster === undefined) throw invalid(path, `has no cluster "${context.cluster}"`);
  const rawUser = raw.users?.find(({ name }) => name === context.user);
  const tokenFile = rawUser?.user?.tokenFile;
  // newUsers reads a tokenFile only once, so the field is left out here: `token-file.ts` reads the file again.
  const user = newUsers(rawUser === undefined ? [] : [{ ...rawUser, user: { ...rawUser.user, tokenFile: undefined } }])[0];
  if (user === undefined) throw invalid(path, `has no user "${context.user}"`);
  return { cluster, context, user, tokenFile };
}

function tlsMaterial(cluster: Cluster, user: User, inDirectory: (file: string) => string): TlsMaterial {
  const ca = pem(cluster.caFile, cluster.caData, inDirectory);
  const cert = pem(user.certFile, user.certData, inDirectory);
  const key = pem(user.keyFile, user.keyData, inDirectory);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(cluster.tlsServerName ? { servername: cluster.tlsServerName } : {}),
    ...(cluster.skipTLSVerify ? { rejectUnauthorized: false } : {}),
  };
}

function pem(file: string | undefined, data: string | undefined, inDirectory: (file: string) => string): Buffer | undefined {
  if (data) return Buffer.from(data, 'base64');
  return file ? readFileSync(inDirectory(file)) : undefined;
}

function authorizationOf(
  options: KubeconfigOptions,
  user: User,
  tokenFile: string | undefined,
  clock: Pick<Clock, 'monotonicMs'>,
): Connection['authorization'] {
  if (user.exec || user.authProvider) return pluginAuthorization(options);
  if (tokenFile !== undefined) {
    const token = makeTokenFile(tokenFile, clock);
    return async (request) => `Bearer ${await token(request)}`;
  }
  const header = staticAuthorization(user);
  return () => Promise.resolve(header);
}

function staticAuthorization(user: User): string | undefined {
  if (user.token) return `Bearer ${user.token}`;
  return user.username ? `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}` : undefined;
}

function invalid(path: string, problem: string, cause?: unknown): FlotillaError {
  return new FlotillaError('CONFIG_INVALID', `expected a usable kubeconfig in ${path}: it ${problem}`, { cause });
}
