/**
 * Guards the claims of the accounts that exist from the start of an installation: the core account, the system account and the account of the callout.
 *
 * A server stores claims of any issuer and refuses them only when it loads them. So a stolen user of the system account could replace these claims, and
 * nothing could connect. The guard learns the claims that the signing key of accounts signed, and pushes them again when another pushed others.
 *
 * A rotation of keys replaces these claims too. Newer claims that a key signed which the servers trust are learned, because no user of the system account
 * can sign them. Older ones are a replay.
 */
import { readClaims } from '@flotilla/runtime/identity/jwt.ts';
import { trustedKeys } from '@flotilla/runtime/identity/rotation/server-state.ts';
import type { SystemAccount } from '@flotilla/runtime/identity/system-account.ts';

/** Names in the claims, as `makeBusKeys` gives them. */
const NAMES: ReadonlySet<string> = new Set(['core', 'system', 'admission']);

export interface InstallationAccounts {
  /** Learns the claims, once. @throws FlotillaError of the bus */
  learn(): Promise<void>;
  /** Another pushed claims for an account. True: they differ from the ones learned, so the next `restore` decides. */
  takePush(account: string, jwt: string): boolean;
  /** The servers may have changed, so what is known of them is known no longer. */
  forget(): void;
  /** Asks every server for its claims of these accounts. The next `restore` decides about others. @throws FlotillaError of the bus */
  look(serverCount: number): Promise<void>;
  /** Pushes the learned claims again where another replaced them. Gives the accounts. @throws FlotillaError of the bus */
  restore(): Promise<readonly string[]>;
}

export interface InstallationAccountsOptions {
  readonly system: Pick<SystemAccount, 'accounts' | 'claimsOf' | 'storedClaims' | 'push' | 'ask'>;
  /** Public key that signs accounts now. */
  readonly issuer: () => string;
  /** Called right before each push; throws when this process must not write. */
  readonly fence: () => void;
}

export function guardInstallationAccounts({ system, issuer, fence }: InstallationAccountsOptions): InstallationAccounts {
  const learned = new Map<string, string>();
  /** The claims that another pushed, by account. */
  const replaced = new Map<string, string>();
  return {
    async learn() {
      if (learned.size === NAMES.size) return;
      for (const account of await system.accounts()) {
        const jwt = await system.claimsOf(account);
        if (jwt !== undefined && !learned.has(account) && isOwn(jwt, issuer())) learned.set(account, jwt);
      }
    },
    // A server keeps these claims over its restart.
    forget: () => undefined,
    takePush(account, jwt) {
      const own = learned.get(account);
      if (own === undefined || own === jwt) return false;
      replaced.set(account, jwt);
      return true;
    },
    async look(serverCount) {
      for (const [account, own] of learned) {
        const other = (await system.storedClaims(account, serverCount)).find((jwt) => jwt !== own);
        if (other !== undefined) replaced.set(account, other);
      }
    },
    async restore() {
      if (replaced.size === 0) return [];
      const trusted = await trustedKeys(system);
      const restored: string[] = [];
      for (const [account, pushed] of replaced) {
        const own = learned.get(account) ?? '';
        if (isSuccessor(pushed, own, trusted)) learned.set(account, pushed);
        else {
          fence();
          await system.push(own, 1);
          restored.push(account);
        }
        // Not what was pushed while this push was under way.
        if (replaced.get(account) === pushed) replaced.delete(account);
      }
      return restored;
    },
  };
}

/** Claims of one second may follow each other in a rotation. */
function isSuccessor(pushed: string, own: string, trusted: ReadonlySet<string>): boolean {
  // A server that has lost the claims answers with an empty text.
  if (pushed === '') return false;
  const { issuer, issuedAtS } = readClaims(pushed);
  return trusted.has(issuer) && issuedAtS >= readClaims(own).issuedAtS;
}

function isOwn(jwt: string, issuer: string): boolean {
  const claims = readClaims(jwt);
  return claims.issuer === issuer && NAMES.has(claims.name);
}
