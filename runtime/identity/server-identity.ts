/** Gives the part of nats-server's configuration by which the server knows the accounts of an installation. JSON is a part of its syntax. */
import type { ServerIdentity } from './bus-keys.ts';

/** A server that was away admits the revoked until it has compared its claims with the others. */
const RESOLVER_INTERVAL = '10s';
/** How long the server waits for a connection to prove itself; the callout answers within milliseconds. */
const AUTHORIZATION_TIMEOUT_S = 2;

/** @param folder where the server keeps the claims of accounts */
export function serverIdentityConfig(identity: ServerIdentity, folder: string): Readonly<Record<string, unknown>> {
  return {
    operator: identity.operatorJwt,
    system_account: identity.systemAccount,
    resolver: { type: 'full', dir: folder, interval: RESOLVER_INTERVAL },
    resolver_preload: identity.preload,
    default_sentinel: identity.sentinelJwt,
    authorization: { timeout: AUTHORIZATION_TIMEOUT_S },
  };
}

/** The same as text, a setting a line, for a file that nats-server reads or that its configuration includes. */
export function serverIdentityText(identity: ServerIdentity, folder: string): string {
  const lines = Object.entries(serverIdentityConfig(identity, folder)).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  return lines.join('');
}
