/** Creates the tokens, passwords and keys of a local cluster once, and reads them from then on. */
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import type { Rng } from '@flotilla/contracts/ports.ts';
import type { StateFolder } from '../files/state-folder.ts';
import { readIfThere, writePrivateFile } from '../files/write-private-file.ts';

/** Users with a bearer token of the API server; `cluster/token-file.ts` gives the rights of each. */
export const TOKEN_HOLDERS = ['admin', 'operator', 'process-node', 'kube-controller-manager', 'kube-scheduler'] as const;
export type TokenHolder = (typeof TOKEN_HOLDERS)[number];

/** Random secrets of one cluster. They outlive `make down`, and only `make clean` forgets them. */
export interface Credentials {
  readonly tokens: Readonly<Record<TokenHolder, string>>;
  /** Passwords of the store, by user. */
  readonly store: Readonly<Record<string, string>>;
}

const SECRET_BYTES = 24;
const SERVICE_ACCOUNT_KEY_BITS = 2_048;

/** Reads what is there and adds what is missing, so that a new user of the store costs no `make clean`. */
export function ensureCredentials(
  folder: Pick<StateFolder, 'credentialsFile'>,
  storeUsers: readonly string[],
  rng: Pick<Rng, 'bytes'>,
): Credentials {
  const text = readIfThere(folder.credentialsFile);
  const known = text === undefined ? {} : (JSON.parse(text) as Partial<Credentials>);
  const credentials = completeCredentials(known, storeUsers, () => Buffer.from(rng.bytes(SECRET_BYTES)).toString('base64url'));
  writePrivateFile(folder.credentialsFile, `${JSON.stringify(credentials, undefined, 1)}\n`);
  return credentials;
}

export function completeCredentials(known: Partial<Credentials>, storeUsers: readonly string[], newSecret: () => string): Credentials {
  const complete = (secrets: Readonly<Record<string, string>> | undefined, names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, secrets?.[name] ?? newSecret()]));
  return {
    tokens: complete(known.tokens, TOKEN_HOLDERS) as Record<TokenHolder, string>,
    store: complete(known.store, storeUsers),
  };
}

export interface ServiceAccountKeyFiles {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** The pair with which the API server signs and checks service account tokens. */
export function ensureServiceAccountKeys(folder: Pick<StateFolder, 'certificatesDir'>): ServiceAccountKeyFiles {
  const files = {
    privateKey: join(folder.certificatesDir, 'service-account.key'),
    publicKey: join(folder.certificatesDir, 'service-account.pub'),
  };
  if (readIfThere(files.privateKey) !== undefined && readIfThere(files.publicKey) !== undefined) return files;
  const pair = generateKeyPairSync('rsa', {
    modulusLength: SERVICE_ACCOUNT_KEY_BITS,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  writePrivateFile(files.publicKey, pair.publicKey);
  writePrivateFile(files.privateKey, pair.privateKey);
  return files;
}
