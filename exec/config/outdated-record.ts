/**
 * Says whether a configuration record is older than one that exec has read: pure.
 *
 * The generation in the record decides, because it goes on when the bucket is created again or restored, and because EXECUTIONS keeps it over a
 * restart. An operator of an older version writes no generation. Among such records the bus's own revisions and times decide, while exec lives.
 */
import { assert, type ConfigVersion, type ExecConfig, type KeyValueEntry } from '@flotilla/contracts';

export type Stored = Pick<KeyValueEntry, 'revision' | 'storedAtMs'>;

/** The newest records that exec has read. */
export interface KnownRecords {
  /** Undefined before the first record with a generation. */
  readonly version: ConfigVersion | undefined;
  /** The newest entry of the bucket; undefined before the first in this process. */
  readonly stored: Stored | undefined;
}

/** Why the record must not be used; undefined when it is the newest one, or newer. */
export function outdatedProblem(
  { generation, configHash }: Pick<ExecConfig, 'generation' | 'configHash'>,
  stored: Stored,
  known: KnownRecords,
): string | undefined {
  const { version } = known;
  if (version === undefined) return generation === undefined ? storedEarlier(stored, known.stored) : undefined;
  assert(Number.isSafeInteger(version.generation) && version.generation >= 1, `expected a generation, found ${version.generation}`);
  const expected = `expected the configuration record of generation ${version.generation} or a later one`;
  if (generation === undefined) return `${expected}, found a record without a generation`;
  if (generation < version.generation) return `${expected}, found generation ${generation}`;
  if (generation > version.generation || configHash === version.hash) return undefined;
  return `${expected}, found another record of the same generation`;
}

/** A bucket that was created again counts revisions from 1, but stores entries later. A restored bucket has lower revisions and earlier times. */
export function storedEarlier(stored: Stored, newest: Stored | undefined): string | undefined {
  if (newest === undefined || stored.revision >= newest.revision || stored.storedAtMs > newest.storedAtMs) return undefined;
  return `expected the configuration record of revision ${newest.revision} or a later one, found revision ${stored.revision} again`;
}
