/**
 * Finds what the store has denied since the last look, and says it without a secret. The store keeps a list of denials in memory, which this code
 * leaves as it is: an operator that emptied the list would destroy evidence, and could lose entries between the read and the emptying. Pure.
 */
import type { StoreDenial } from '@flotilla/runtime/store-admin.ts';
import type { Access } from './access-digest.ts';

/** Two looks at one entry give times that differ by the delays of the answers. Entries without a number are at least a minute apart. */
const SAME_TIME_MS = 2_000;
/** A new leader takes older entries as told by the leader before. Shorter than the time in which the bus drops an event that is told twice. */
const FIRST_LOOK_AGE_MS_MAX = 240_000;
/** Two leaders compute the time of one entry alike up to the delays of the answers, and so give the event the same id. */
const ROUND_MS = 10_000;

export interface NewDenial {
  readonly denial: StoreDenial;
  /** Time of the newest one, Unix time in milliseconds, rounded down. */
  readonly atMs: number;
  /** How many came since the last look; at least. */
  readonly count: number;
}

/** What one look found. */
export type DenialLook = readonly { readonly denial: StoreDenial; readonly atMs: number }[];

/** @param before the look before; undefined: this is the first look of this leader */
export function findNewDenials(
  before: DenialLook | undefined,
  denials: readonly StoreDenial[],
  nowMs: number,
): { readonly look: DenialLook; readonly found: readonly NewDenial[] } {
  const look = denials.map((denial) => ({ denial, atMs: nowMs - denial.ageMs }));
  const found = look.flatMap((entry) => {
    const count = before === undefined ? countOfFirstLook(entry.denial) : countSince(before, look, entry);
    return count > 0 ? [{ denial: entry.denial, atMs: Math.floor(entry.atMs / ROUND_MS) * ROUND_MS, count }] : [];
  });
  return { look, found };
}

function countOfFirstLook({ ageMs, count }: StoreDenial): number {
  return ageMs <= FIRST_LOOK_AGE_MS_MAX ? count : 0;
}

type Entry = DenialLook[number];

/** The store adds a denial to the entry of the same kind when that one is less than a minute old, and moves the entry to the head. */
function countSince(before: DenialLook, look: DenialLook, entry: Entry): number {
  const own = before.filter((each) => isSameKind(each, entry));
  const same = own.find((each) => isSame(each, entry)) ?? (entry.denial.entryId === undefined ? movedOf(own, look, entry) : undefined);
  const told = same?.denial.count ?? 0;
  // A lower count is that of a new entry: the list was emptied, or the store has started anew.
  return entry.denial.count < told ? entry.denial.count : entry.denial.count - told;
}

/** The newest entry of the kind, when the look no longer has it where it was. */
function movedOf(own: DenialLook, look: DenialLook, entry: Entry): Entry | undefined {
  const [newest] = own;
  if (newest === undefined || entry.atMs < newest.atMs) return undefined;
  const kind = look.filter((each) => isSameKind(each, entry));
  const oldestNew = kind.filter((each) => !own.some((known) => isSame(known, each))).at(-1);
  return oldestNew === entry && !kind.some((each) => isSame(newest, each)) ? newest : undefined;
}

function isSame(left: Entry, right: Entry): boolean {
  const [leftId, rightId] = [left.denial.entryId, right.denial.entryId];
  if (leftId !== undefined && rightId !== undefined) return leftId === rightId;
  return Math.abs(left.atMs - right.atMs) <= SAME_TIME_MS;
}

function isSameKind({ denial: left }: Entry, { denial: right }: Entry): boolean {
  return left.reason === right.reason && left.context === right.context && left.object === right.object && left.user === right.user;
}

const COMMAND = /^[a-z|_-]{1,40}$/i;
/** The parts of a key before its own name: kind and namespace. */
const KEY_PREFIX = /^[a-z_-]{1,20}:(?:[a-z0-9-]{1,63}:)?/;
/** Bound on a name or an address of the store. */
const TEXT_MAX = 80;

/**
 * The client chose the name of the user and of the key, and may have put a password or another secret there. So the access names a user only when the
 * store has that user, and a key by its prefix alone.
 */
export function accessOfDenial({ reason, context, object, user, from }: StoreDenial, users: ReadonlySet<string>): Access {
  const isCommand = reason === 'command' || reason === 'auth';
  const denied = isCommand ? (COMMAND.test(object) ? object : 'another command') : `${KEY_PREFIX.exec(object)?.[0] ?? ''}…`;
  return {
    action: 'STORE_DENIED',
    details: {
      user: users.has(user) ? user.slice(0, TEXT_MAX) : 'no such user',
      denied: `${wordOf(reason)} ${denied}`,
      ...(context === 'toplevel' ? {} : { inside: wordOf(context) }),
      from: from.slice(0, TEXT_MAX),
    },
  };
}

/** A word of the store itself. */
function wordOf(text: string): string {
  return COMMAND.test(text) ? text : 'other';
}
