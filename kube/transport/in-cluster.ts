/** The connection of a pod: its service account, by the files that Kubernetes mounts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { Connection } from './connection.ts';
import { makeTokenFile } from './token-file.ts';

export const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface InClusterAddress {
  /** `KUBERNETES_SERVICE_HOST`. */
  readonly host: string;
  /** `KUBERNETES_SERVICE_PORT`. */
  readonly port: string;
  readonly serviceAccountDirectory?: string;
}

/** @throws FlotillaError CONFIG_INVALID when the pod has no service account token mounted. */
export function inClusterConnection(address: InClusterAddress, clock: Pick<Clock, 'monotonicMs'>): Connection {
  const directory = address.serviceAccountDirectory ?? SERVICE_ACCOUNT_DIRECTORY;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  const token = makeTokenFile(join(directory, 'token'), clock);
  let namespace: string;
  try {
    namespace = readFileSync(join(directory, 'namespace'), 'utf8').trim();
  } catch (error) {
    throw new FlotillaError('CONFIG_INVALID', `expected a mounted service account in ${directory}; give a kubeconfig instead`, {
      cause: error,
    });
  }
  return {
    origin: `https://${host}:${address.port}`,
    pathPrefix: '',
    tls: () => ({ ca: readFileSync(join(directory, 'ca.crt')) }),
    authorization: async (options) => `Bearer ${await token(options)}`,
    namespace,
  };
}
