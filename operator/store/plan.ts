/** Plans the users of the store: what should be against what the store lists. Pure. */
import type { Drift } from '../drift/drift.ts';

/** A user as it should be: the tokens of its line, in the words of `ACL LIST`. */
export interface WantedUser {
  readonly name: string;
  /** With `on` or `off`, `#<hash>` for each password, keys and commands. */
  readonly tokens: readonly string[];
  /** True: the operator does not know the hash of the password. It keeps the one that it finds, and cannot set a user with none or several. */
  readonly isPasswordForeign?: boolean;
}

export interface StorePlan {
  readonly set: readonly (WantedUser & { readonly drift: Drift | undefined; readonly closesConnections: boolean })[];
  readonly remove: readonly { readonly name: string; readonly drift: Drift }[];
  /** What is not as it should be, and what the operator cannot put back. */
  readonly lasting: readonly Drift[];
}

/** Tokens that grant nothing. Versions of Redis differ in whether they write them. */
const NEUTRAL = new Set(['sanitize-payload', 'resetchannels', 'resetkeys', 'clearselectors']);

/**
 * @param lines what `ACL LIST` gives
 * @param known names of the users that this process has set before. A user that is missing for the first time was never there
 */
export function planStore(wanted: readonly WantedUser[], lines: readonly string[], known: ReadonlySet<string>): StorePlan {
  const found = new Map(lines.map(parseLine));
  const names = new Set(wanted.map(({ name }) => name));
  const judged = wanted.map((given) => {
    const tokens = found.get(given.name);
    const user = withFoundPassword(given, tokens);
    return { user, differs: !isSame(user, tokens), tokens };
  });
  return {
    set: judged
      .filter(({ user, differs }) => differs && user.isPasswordForeign !== true)
      .map(({ user, tokens }) => ({
        ...user,
        drift: tokens !== undefined || known.has(user.name) ? driftOf(user, tokens, true) : undefined,
        closesConnections: tokens !== undefined && hasForeignLogin(user, tokens),
      })),
    remove: [...found]
      .filter(([name]) => !names.has(name))
      .map(([name, tokens]) => ({ name, drift: driftOf({ name, tokens: [] }, tokens, true) })),
    lasting: judged
      .filter(({ user, differs }) => differs && user.isPasswordForeign === true)
      .map(({ user, tokens }) => driftOf(user, tokens, false)),
  };
}

function parseLine(line: string): readonly [name: string, tokens: readonly string[]] {
  const [, name = '', ...tokens] = line.split(' ');
  return [name, tokens.filter((token) => !NEUTRAL.has(token))];
}

function withFoundPassword(user: WantedUser, found: readonly string[] = []): WantedUser {
  const hashes = found.filter((token) => token.startsWith('#'));
  return user.isPasswordForeign === true && hashes.length === 1 ? { name: user.name, tokens: [...user.tokens, ...hashes] } : user;
}

function isSame({ tokens }: WantedUser, found: readonly string[] | undefined): boolean {
  return found?.length === tokens.length && tokens.every((token) => found.includes(token));
}

/** Whether somebody could log in as the user with another password. */
function hasForeignLogin({ tokens }: WantedUser, found: readonly string[]): boolean {
  return found.some((token) => token === 'nopass' || (token.startsWith('#') && !tokens.includes(token)));
}

function driftOf({ name, tokens }: WantedUser, found: readonly string[] | undefined, isRepaired: boolean): Drift {
  const words = (list: readonly string[]): string => list.map((token) => (token.startsWith('#') ? '<password>' : token)).join(' ');
  const foreign = (found ?? []).map((token) => (token.startsWith('#') && !tokens.includes(token) ? '#other' : token));
  const text = foreign.map((token) => (token === '#other' ? '<another password>' : words([token]))).join(' ');
  return {
    what: 'store-user',
    name,
    expected: tokens.length === 0 ? 'no such user' : words(tokens),
    found: found === undefined ? 'no such user' : text,
    isRepaired,
  };
}
