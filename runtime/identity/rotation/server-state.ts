/** Asks the servers of the bus which keys they trust, which claims they have loaded and who is connected. The servers' state decides, not the answers to pushes. */
import { isCoreAccountName, isProbeAccountName } from '@flotilla/contracts/access/principal.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { readClaims } from '../jwt.ts';
import type { ServerAnswer, SystemAccount } from '../system-account.ts';
import { isSameSet, trustedKeysOf } from './rotation-keys.ts';

const SERVERS = '$SYS.REQ.SERVER.PING';
/** Accounts that are asked for at once. */
const ASKED_AT_ONCE_MAX = 32;

export type ServerState = Pick<SystemAccount, 'ask' | 'push' | 'serversWith' | 'accounts' | 'storedClaims' | 'problem'>;

/** Names of the servers that trust other claims keys than these. @throws FlotillaError `BUS_UNAVAILABLE` when fewer servers answer */
export async function serversWithOtherTrust(
  state: ServerState,
  claimsKeys: readonly string[],
  serverCount: number,
): Promise<readonly string[]> {
  const answers = await askAll(state, `${SERVERS}.VARZ`, {}, serverCount);
  return answers
    .filter(({ data }) => !isSameSet((data?.trusted_operators_jwt ?? []).flatMap(trustedKeysOf), claimsKeys))
    .map(({ server }) => server?.name ?? '');
}

/** The claims keys that every server trusts. @throws FlotillaError `BUS_UNAVAILABLE` when no server answers */
export async function trustedKeys(state: Pick<SystemAccount, 'ask'>): Promise<ReadonlySet<string>> {
  const answers = await state.ask(`${SERVERS}.VARZ`, '{}', undefined);
  const [first, ...others] = answers.map(({ data }) => new Set((data?.trusted_operators_jwt ?? []).flatMap(trustedKeysOf)));
  if (first === undefined)
    throw new FlotillaError('BUS_UNAVAILABLE', 'expected the servers of the bus to name the keys they trust, found no answer');
  return others.reduce<ReadonlySet<string>>((common, keys) => new Set([...common].filter((key) => keys.has(key))), first);
}

/**
 * Accounts that some server has loaded with claims that another key signed, or that admit users of another key. Of an account that a server has not loaded,
 * the stored claims count, because the server loads them when somebody connects. A closed account admits no user and does not count.
 */
export async function accountsBehind(state: ServerState, wanted: Wanted, serverCount: number): Promise<readonly string[]> {
  const listed = await askAll(state, `${SERVERS}.ACCOUNTZ`, {}, serverCount);
  const stored = await state.accounts();
  const accounts = [...new Set([...listed.flatMap(({ data }) => data?.accounts ?? []), ...stored])].filter(isAccount);
  const behind: string[] = [];
  for (let index = 0; index < accounts.length; index += ASKED_AT_ONCE_MAX) {
    const batch = accounts.slice(index, index + ASKED_AT_ONCE_MAX);
    const found = await Promise.all(batch.map(async (account) => ((await isBehind(state, account, wanted, serverCount)) ? [account] : [])));
    behind.push(...found.flat());
  }
  return behind;
}

interface Wanted {
  readonly claimsKey: string;
  readonly podSigningKeys: readonly string[];
  readonly except: readonly string[];
}

async function isBehind(state: ServerState, account: string, wanted: Wanted, serverCount: number): Promise<boolean> {
  const answers = await askAll(state, `${SERVERS}.ACCOUNTZ`, { account }, serverCount);
  const loaded = answers.flatMap(({ data }) => data?.account_detail?.jwt ?? []).filter((jwt) => jwt !== '');
  const stored = loaded.length < serverCount ? (await state.storedClaims(account, serverCount)).filter((jwt) => jwt !== '') : [];
  return [...loaded, ...stored].some((jwt) => areOthers(jwt, account, wanted));
}

function areOthers(jwt: string, account: string, { claimsKey, podSigningKeys, except }: Wanted): boolean {
  const { issuer, nats, name } = readClaims(jwt);
  if ((nats['limits'] as { readonly conn?: number } | undefined)?.conn === 0) return false;
  if (issuer !== claimsKey) return true;
  // The operator alone signs users of a core account, and of the probe by a key that its process keeps to itself.
  if (except.includes(account) || isCoreAccountName(name) || isProbeAccountName(name)) return false;
  return !isSameSet((nats['signing_keys'] as readonly string[] | undefined) ?? [], podSigningKeys);
}

/** Public keys of the users that are connected to an account by claims of their own. */
export async function connectedUsers(state: ServerState, account: string, serverCount: number): Promise<ReadonlySet<string>> {
  const answers = await askAll(state, `${SERVERS}.CONNZ`, { acc: account, auth: true, limit: 1_024 }, serverCount);
  return new Set(
    answers.flatMap(({ data }) => data?.connections ?? []).flatMap(({ jwt }) => (jwt === undefined ? [] : [readClaims(jwt).sub])),
  );
}

async function askAll(state: ServerState, subject: string, request: object, serverCount: number): Promise<readonly ServerAnswer[]> {
  const answers = await state.ask(subject, JSON.stringify(request), serverCount);
  if (answers.length >= serverCount) return answers;
  throw new FlotillaError('BUS_UNAVAILABLE', `expected an answer of ${serverCount} servers of the bus, found ${answers.length}`);
}

/** The server lists its own account without a key as well. */
function isAccount(name: string): boolean {
  return /^A[A-Z2-7]{55}$/.test(name);
}
