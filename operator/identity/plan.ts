/** Plans which claims to push and which records to write: what should be against what is known. Pure. */
import type { AccessChange, AdmissionRecord } from '@flotilla/contracts/access/admission-record.ts';
import { asksOthers, principalName, workerOfName } from '@flotilla/contracts/access/principal.ts';
import type { PersonRole } from '@flotilla/contracts/access/person.ts';
import type { Publications } from '@flotilla/contracts/resources/agent-role.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import type { AccountClaims } from '@flotilla/runtime/identity/principal-account.ts';

export interface Wanted {
  readonly claims: AccountClaims;
  /** Name of the record, by `entryOf`. */
  readonly entry: string;
  readonly audience?: string | undefined;
  readonly serviceAccountUid?: string | undefined;
}

export interface Known {
  /** Content of the claims that this process pushed, and that the servers loaded, by account. */
  readonly pushed: ReadonlyMap<string, string>;
  /** Records of the bucket PRINCIPALS of this namespace, by entry. */
  readonly records: ReadonlyMap<string, AdmissionRecord>;
  /** Unix time. */
  readonly nowMs: number;
}

export interface IdentityPlan {
  /**
   * Accounts that may connect no longer, and accounts of people whose ServiceAccount was deleted and created again: those are in `push` too. Closing
   * comes first: it takes rights away, and ends live connections.
   */
  readonly close: readonly { readonly account: string; readonly name: string }[];
  /** Accounts that answer come before accounts that ask, because the server resolves imports when it loads claims. */
  readonly push: readonly AccountClaims[];
  readonly write: readonly { readonly entry: string; readonly record: AdmissionRecord }[];
}

/** Content of the claims of a closed account, for {@link Known}. */
export const CLOSED = 'closed';

export function planIdentity(namespace: string, wanted: readonly Wanted[], { pushed, records, nowMs }: Known): IdentityPlan {
  const at = formatTime(nowMs);
  const wantedAccounts = new Set(wanted.map(({ claims }) => claims.account));
  const wantedEntries = new Set(wanted.map(({ entry }) => entry));
  const gone = new Map(
    [...records.values()].filter(({ account }) => !wantedAccounts.has(account)).map(({ account, principal }) => [account, principal]),
  );
  const replaced = new Map(
    wanted
      .filter((each) => isReplaced(each, records.get(each.entry)))
      .map(({ claims }) => [claims.account, principalName(claims.principal)]),
  );
  return {
    close: [...[...gone].filter(([account]) => pushed.get(account) !== CLOSED), ...replaced].map(([account, principal]) => ({
      account,
      name: `${namespace}/${principal}`,
    })),
    push: wanted
      .map(({ claims }) => claims)
      .filter(({ account, content }) => pushed.get(account) !== content || replaced.has(account))
      .toSorted((left, right) => rank(left) - rank(right)),
    write: [
      ...wanted.flatMap((each) => {
        const { entry } = each;
        const before = records.get(entry);
        const record = recordOf(each);
        return isSame(before, record) ? [] : [{ entry, record: { ...record, change: changeTo(record, before, at) } }];
      }),
      ...[...records].flatMap(([entry, record]) =>
        record.closed || wantedEntries.has(entry) ? [] : [{ entry, record: closedRecord(record, at) }],
      ),
    ],
  };
}

function recordOf({ claims: { principal, account }, audience, serviceAccountUid }: Wanted): AdmissionRecord {
  const record = {
    schemaVersion: 1,
    principal: principalName(principal),
    account,
    ...(audience === undefined ? {} : { audience }),
    closed: false,
  } as const;
  switch (principal.role) {
    case 'SignalAgent':
      return { ...record, publications: principal.publications ?? 'Deliver' };
    case 'Person':
      return { ...record, personRole: principal.personRole, ...(serviceAccountUid === undefined ? {} : { serviceAccountUid }) };
    default:
      return record;
  }
}

/** The ServiceAccount of an open record is not the one of now. */
function isReplaced({ claims, serviceAccountUid }: Wanted, before: AdmissionRecord | undefined): boolean {
  return before?.closed === false && before.account === claims.account && isOtherObject(before.serviceAccountUid, serviceAccountUid);
}

function isOtherObject(before: string | undefined, now: string | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now;
}

function closedRecord(record: AdmissionRecord, at: string): AdmissionRecord {
  return { ...record, closed: true, change: { kind: 'Closed', ...fromOf(record), at, settled: false } };
}

function changeTo(record: AdmissionRecord, before: AdmissionRecord | undefined, at: string): AccessChange {
  const isOther = before !== undefined && isOtherObject(before.serviceAccountUid, record.serviceAccountUid);
  if (before === undefined || before.closed || before.account !== record.account || isOther) return { kind: 'Opened', at, settled: false };
  const isNarrower = BREADTH[publicationsOf(record)] < BREADTH[publicationsOf(before)] || breadthOf(record) < breadthOf(before);
  const kind = isNarrower ? 'Narrowed' : 'Widened';
  return { kind, ...fromOf(before), at, settled: false };
}

const BREADTH: Readonly<Record<Publications, number>> = { Nothing: 0, Quarantine: 1, Proposals: 2, Deliver: 3 };

const PERSON_BREADTH: Readonly<Record<PersonRole, number>> = { Reader: 0, Replayer: 1 };

function breadthOf({ personRole = 'Reader' }: AdmissionRecord): number {
  return PERSON_BREADTH[personRole];
}

/** A record without the field is one of an agent whose decisions were delivered. */
function publicationsOf({ publications = 'Deliver' }: AdmissionRecord): Publications {
  return publications;
}

function fromOf(before: AdmissionRecord): { readonly from?: Publications } {
  return workerOfName(before.principal)?.role === 'SignalAgent' ? { from: publicationsOf(before) } : {};
}

function isSame(left: AdmissionRecord | undefined, right: AdmissionRecord): boolean {
  return (
    left?.account === right.account &&
    left.principal === right.principal &&
    left.closed === right.closed &&
    publicationsOf(left) === publicationsOf(right) &&
    left.audience === right.audience &&
    left.personRole === right.personRole &&
    left.serviceAccountUid === right.serviceAccountUid
  );
}

function rank({ principal }: AccountClaims): number {
  return asksOthers(principal) ? 1 : 0;
}
