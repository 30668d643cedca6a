/** Gives the part of nats-server's configuration by which the server knows the accounts of an installation. JSON is a part of its syntax. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { ServerIdentity } from './bus-keys.ts';

/** A server that was away admits the revoked until it has compared its claims with the others. */
const RESOLVER_INTERVAL = '10s';
/**
 * How long the server waits for a connection to prove itself. The callout answers within milliseconds, but after a restart of the bus every client asks
 * at once. With two seconds, a server that was short of processor time gave up each of a thousand connections before its answer came.
 */
const AUTHORIZATION_TIMEOUT_S = 5;

/**
 * @param folder where the server keeps the claims of accounts
 * @param interval after which the server compares its claims with those of the other servers, in the server's words
 */
export function serverIdentityConfig(
  identity: ServerIdentity,
  folder: string,
  interval = RESOLVER_INTERVAL,
): Readonly<Record<string, unknown>> {
  return {
    operator: identity.operatorJwt,
    system_account: identity.systemAccount,
    resolver: { type: 'full', dir: folder, interval },
    resolver_preload: identity.preload,
    default_sentinel: identity.sentinelJwt,
    authorization: { timeout: AUTHORIZATION_TIMEOUT_S },
  };
}

/** The same as text, a setting a line, for a file that nats-server reads or that its configuration includes. */
export function serverIdentityText(identity: ServerIdentity, folder: string, interval = RESOLVER_INTERVAL): string {
  const lines = Object.entries(serverIdentityConfig(identity, folder, interval)).map(
    ([key, value]) => `${key}: ${JSON.stringify(value)}\n`,
  );
  return lines.join('');
}

/** Reads what {@link serverIdentityText} wrote. @throws FlotillaError `CONFIG_INVALID` for another text */
export function parseServerIdentityText(text: string): { readonly identity: ServerIdentity; readonly folder: string } {
  const settings = Object.fromEntries(text.split('\n').flatMap(settingOf)) as Partial<ReturnType<typeof serverIdentityConfig>>;
  const { operator, system_account, resolver, resolver_preload, default_sentinel } = settings;
  const folder = (resolver as { readonly dir?: unknown } | undefined)?.dir;
  if (
    ![operator, system_account, folder, default_sentinel].every((each) => typeof each === 'string') ||
    typeof resolver_preload !== 'object'
  )
    throw new FlotillaError(
      'CONFIG_INVALID',
      'expected the settings by which the servers of the bus know their accounts, a line each, found another text',
    );
  return {
    folder: folder as string,
    identity: {
      operatorJwt: operator as string,
      systemAccount: system_account as string,
      preload: resolver_preload as ServerIdentity['preload'],
      sentinelJwt: default_sentinel as string,
    },
  };
}

function settingOf(line: string): readonly (readonly [string, unknown])[] {
  const colon = line.indexOf(': ');
  if (colon < 0) return [];
  try {
    return [[line.slice(0, colon), JSON.parse(line.slice(colon + 2)) as unknown]];
  } catch {
    return [];
  }
}
