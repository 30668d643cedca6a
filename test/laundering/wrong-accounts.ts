/** Accounts that are wrong on purpose, which the suite must find: one account of two agents, and one that imports a literal subject. */
import { accountClaims } from '@flotilla/runtime/identity/principal-account.ts';
import type { BusLogin } from '@flotilla/runtime/identity/bus-keys.ts';
import { signClaims } from '@flotilla/runtime/identity/jwt.ts';
import { keyPairOfSeed } from '@flotilla/runtime/identity/nkey.ts';
import { type BusIdentity, pushClaims, TEST_NAMESPACE } from '@flotilla/runtime/testing/bus-identity.ts';
import type { NatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { CAST } from './cast.ts';

interface Body {
  readonly imports: readonly { readonly name: string; readonly local_subject?: string }[];
  readonly default_permissions: {
    readonly pub: { readonly allow: readonly string[] };
    readonly sub: { readonly allow: readonly string[] };
  };
}

/**
 * The agent's account imports its own key of a bucket without a wildcard. A pull whose reply is such an import stores
 * the pulled message under the subject of another principal.
 */
export async function importLiteral({ identity, url }: NatsServer): Promise<BusLogin> {
  const { operator } = identity.keys;
  const [claims] = accountClaims(TEST_NAMESPACE, [CAST.momentum], operator);
  if (claims === undefined) throw new Error('expected the claims of an agent');
  const nats = JSON.parse(claims.content.replaceAll('$KV.STATUS.agent.main.momentum.*', '$KV.STATUS.agent.main.momentum.report')) as object;
  await pushAccount(url, identity, { account: claims.account, name: 'literal', nats });
  return identity.userOf(claims.account, 'momentum', {});
}

async function pushAccount(
  url: string,
  { keys }: BusIdentity,
  { account, name, nats }: { account: string; name: string; nats: object },
): Promise<void> {
  const issuedAtS = Math.floor(Date.now() / 1_000);
  const jwt = signClaims({ sub: account, name, issuedAtS, nats: { ...nats } }, keyPairOfSeed(keys.operator.claimsSeed));
  await pushClaims([url], keys, [{ account, jwt }]);
}

/** Two agents share one account with the rights of both, as agents did before each principal had an account. Gives the login of each. */
export async function shareAccount({ identity, url }: NatsServer): Promise<Readonly<Record<'momentum' | 'reversion', BusLogin>>> {
  const { operator } = identity.keys;
  const both = accountClaims(TEST_NAMESPACE, [CAST.momentum, CAST.reversion], operator);
  const [momentum, reversion] = both.map(({ content }) => JSON.parse(content) as Body);
  if (momentum === undefined || reversion === undefined) throw new Error('expected the claims of two agents');
  // Two tripwires of one name would overlap, and the server would refuse the claims.
  const imports = new Map([...momentum.imports, ...reversion.imports].map((each) => [each.local_subject ?? each.name, each]));
  const [one, other] = [momentum.default_permissions, reversion.default_permissions];
  const permissions = {
    pub: { allow: [...new Set([...one.pub.allow, ...other.pub.allow])] },
    sub: { allow: [...new Set([...one.sub.allow, ...other.sub.allow])] },
  };
  const nats = { ...momentum, imports: [...imports.values()], default_permissions: permissions };
  const account = both[0]?.account ?? '';
  await pushAccount(url, identity, { account, name: 'two-agents', nats });
  return {
    momentum: identity.userOf(account, 'momentum', {}),
    reversion: identity.userOf(account, 'reversion', {}),
  };
}
