/** Plans which claims to push and which records to write: what should be against what is known. Pure. */
import type { AdmissionRecord } from '@flotilla/contracts/access/admission-record.ts';
import { principalName } from '@flotilla/contracts/access/principal.ts';
import type { AccountClaims } from '@flotilla/runtime/identity/principal-account.ts';

export interface Wanted {
  readonly claims: AccountClaims;
  readonly serviceAccount: string;
}

export interface Known {
  /** Content of the claims that this process pushed, and that the servers loaded, by account. */
  readonly pushed: ReadonlyMap<string, string>;
  /** Records of the bucket PRINCIPALS of this namespace, by ServiceAccount. */
  readonly records: ReadonlyMap<string, AdmissionRecord>;
}

export interface IdentityPlan {
  /** Accounts that may connect no longer. Closing comes first: it takes rights away. */
  readonly close: readonly { readonly account: string; readonly name: string }[];
  /** Accounts that answer come before accounts that ask, because the server resolves imports when it loads claims. */
  readonly push: readonly AccountClaims[];
  readonly write: readonly { readonly serviceAccount: string; readonly record: AdmissionRecord }[];
}

/** Content of the claims of a closed account, for {@link Known}. */
export const CLOSED = 'closed';

export function planIdentity(namespace: string, wanted: readonly Wanted[], { pushed, records }: Known): IdentityPlan {
  const wantedAccounts = new Set(wanted.map(({ claims }) => claims.account));
  const wantedServiceAccounts = new Map(wanted.map((each) => [each.serviceAccount, each]));
  const gone = new Map(
    [...records.values()].filter(({ account }) => !wantedAccounts.has(account)).map(({ account, principal }) => [account, principal]),
  );
  return {
    close: [...gone]
      .filter(([account]) => pushed.get(account) !== CLOSED)
      .map(([account, principal]) => ({ account, name: `${namespace}/${principal}` })),
    push: wanted
      .map(({ claims }) => claims)
      .filter(({ account, content }) => pushed.get(account) !== content)
      .toSorted((left, right) => rank(left) - rank(right)),
    write: [
      ...wanted.flatMap(({ claims, serviceAccount }) => {
        const record = recordOf(claims);
        return isSame(records.get(serviceAccount), record) ? [] : [{ serviceAccount, record }];
      }),
      ...[...records].flatMap(([serviceAccount, record]) =>
        record.closed || wantedServiceAccounts.has(serviceAccount) ? [] : [{ serviceAccount, record: { ...record, closed: true } }],
      ),
    ],
  };
}

function recordOf({ principal, account }: AccountClaims): AdmissionRecord {
  return { schemaVersion: 1, principal: principalName(principal), account, closed: false };
}

function isSame(left: AdmissionRecord | undefined, right: AdmissionRecord): boolean {
  return left?.account === right.account && left.principal === right.principal && left.closed === right.closed;
}

function rank({ principal }: AccountClaims): number {
  return principal.role === 'Reader' ? 1 : 0;
}
