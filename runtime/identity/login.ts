/**
 * How a connection proves who it is. A pod shows the token of its ServiceAccount; the operator and the callout, which must connect before the callout
 * can answer, show claims of their own.
 */
import { readFileSync } from 'node:fs';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Authenticator } from '@nats-io/nats-core';
import type { BusLogin } from './bus-keys.ts';
import { parseCreds } from './creds-file.ts';
import { keyPairOfSeed } from './nkey.ts';

/** Gives what the server wants to see at each connection. */
export type Login = Authenticator;

export interface LoginSettings {
  readonly NATS_TOKEN_FILE?: string | undefined;
  readonly NATS_CREDS_FILE?: string | undefined;
}

export interface NormaliserLoginSettings {
  readonly NATS_NORMALISER_TOKEN_FILE?: string | undefined;
  readonly NATS_NORMALISER_CREDS_FILE?: string | undefined;
}

/**
 * The login that the settings name; undefined: none, which only a server without the callout's sentinel admits.
 *
 * @throws FlotillaError `CONFIG_INVALID` when the settings name both files, or the creds file cannot be read
 */
export function loginOfSettings({ NATS_TOKEN_FILE, NATS_CREDS_FILE }: LoginSettings): Login | undefined {
  return loginOf(['NATS_TOKEN_FILE', NATS_TOKEN_FILE], ['NATS_CREDS_FILE', NATS_CREDS_FILE]);
}

/** The login of the normaliser; undefined: it has none of its own. @throws FlotillaError `CONFIG_INVALID` like {@link loginOfSettings} */
export function normaliserLoginOfSettings(settings: NormaliserLoginSettings): Login | undefined {
  const { NATS_NORMALISER_TOKEN_FILE, NATS_NORMALISER_CREDS_FILE } = settings;
  return loginOf(['NATS_NORMALISER_TOKEN_FILE', NATS_NORMALISER_TOKEN_FILE], ['NATS_NORMALISER_CREDS_FILE', NATS_NORMALISER_CREDS_FILE]);
}

/** A setting with the path of its file. */
type FileSetting = readonly [name: string, path: string | undefined];

function loginOf([tokenSetting, tokenFile]: FileSetting, [credsSetting, credsFile]: FileSetting): Login | undefined {
  if (tokenFile !== undefined && credsFile !== undefined)
    throw new FlotillaError('CONFIG_INVALID', `expected ${tokenSetting} or ${credsSetting}, found both: remove one of them`);
  if (tokenFile !== undefined) return tokenFileLogin(tokenFile, tokenSetting);
  return credsFile === undefined ? undefined : userLogin(parseCreds(readSecretFile(credsSetting, credsFile)));
}

/**
 * Shows the token of a ServiceAccount. The kubelet renews the file, so each connection reads it again.
 *
 * @param setting names the file in an error
 * @throws FlotillaError `CONFIG_INVALID` when the file cannot be read at the start. Later an unreadable file shows no token, so the server refuses the
 *   connection and the client tries again: a login that throws would end the client.
 */
export function tokenFileLogin(path: string, setting = 'NATS_TOKEN_FILE'): Login {
  let token = readSecretFile(setting, path).trim();
  return () => {
    try {
      token = readSecretFile(setting, path).trim();
    } catch {
      token = '';
    }
    return { auth_token: token };
  };
}

/** Shows a token that does not change. */
export function tokenLogin(token: string): Login {
  return () => ({ auth_token: token });
}

/** Shows the claims that `current` gives at each connection, so that a rotation of keys needs no restart. */
export function currentUserLogin(current: () => BusLogin): Login {
  return (nonce) => userLogin(current())(nonce);
}

/** Shows a user's claims, and signs the server's nonce. */
export function userLogin({ jwt, seed }: BusLogin): Login {
  const key = keyPairOfSeed(seed);
  return (nonce) => ({ jwt, nkey: key.publicKey, sig: nonce === undefined ? '' : key.sign(Buffer.from(nonce)).toString('base64url') });
}

function readSecretFile(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new FlotillaError('CONFIG_INVALID', `${setting}: the file ${path} cannot be read (${code})`);
  }
}
