/**
 * Follows CONFIG. Every look reads from the leader of the bucket's stream.
 *
 * exec increases risk under a configuration only while the record confirms it. A deleted key, an unreadable record, and an older record in its
 * place (of a restored bucket) are problems: exec keeps its limits and denies every increase of risk. EXECUTIONS keeps the version of the newest
 * record, so a restarted exec knows which records are older.
 */
import {
  type Clock,
  type ConfigVersion,
  type ExecConfig,
  FlotillaError,
  keys,
  type KeyValue,
  type KeyValueEntry,
  type Subscription,
} from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import { type KnownRecords, outdatedProblem, type Stored, storedEarlier } from './outdated-record.ts';
import { type ConfigReading, readExecConfig } from './read-config.ts';

export interface ConfigWatch extends Subscription {
  /** Time since the last successful look began; undefined before the first. */
  ageMs(): number | undefined;
}

export type UsableConfig = Extract<ConfigReading, { readonly isUsable: true }>;

export interface WatchConfigOptions {
  /** Reads from the leader. */
  readonly bucket: KeyValue;
  readonly portfolio: string;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
  /** The newest record that earlier instances have read. */
  readonly newest: ConfigVersion | undefined;
  /** A record of a higher generation was read: its version must be kept. Called before `onConfig`. */
  readonly onNewest: (version: ConfigVersion) => void;
  /** Takes a new configuration. @throws FlotillaError when the configuration cannot be used. */
  readonly onConfig: (reading: UsableConfig) => void;
  /** The record does not confirm the configuration in force. */
  readonly onProblem: (problem: string) => void;
  readonly onUnknownFields: (fields: readonly string[]) => void;
}

/** Resolves after the first look, which may find no configuration. */
export async function watchConfig(options: WatchConfigOptions): Promise<ConfigWatch> {
  const { bucket, portfolio, clock } = options;
  const takeEntry = makeTakeEntry(options);
  let lookedMs: number | undefined;
  const subscription = await bucket.watch(keys.execConfig(portfolio), () => undefined, {
    onLook(begunMs, entry) {
      takeEntry(entry);
      lookedMs = begunMs;
    },
  });
  return {
    unsubscribe: () => subscription.unsubscribe(),
    ageMs: () => (lookedMs === undefined ? undefined : clock.monotonicMs() - lookedMs),
  };
}

/** Takes the entry that a look found. Most looks find the entry that is in force already. */
export function makeTakeEntry(options: Omit<WatchConfigOptions, 'bucket' | 'clock'>): (entry: KeyValueEntry | undefined) => void {
  const { portfolio, logger } = options;
  let known: KnownRecords = { version: options.newest, stored: undefined };
  /** The entry that the last look found; undefined when the look found none, or before the first look. */
  let last: Stored | undefined;
  let problem: string | undefined;

  function report(found: string): void {
    if (found !== problem) logger.error({ problem: found }, 'the record does not confirm the configuration: nothing increases risk');
    problem = found;
    options.onProblem(found);
  }

  /** Keeps the version first: whatever becomes of this record, exec uses no older one from now on. */
  function keep({ generation, configHash }: ExecConfig): void {
    if (generation === undefined || generation === known.version?.generation) return;
    known = { ...known, version: { generation, hash: configHash } };
    options.onNewest({ generation, hash: configHash });
  }

  function use(reading: UsableConfig, { revision }: Stored): void {
    if (reading.unknownFields.length > 0) options.onUnknownFields(reading.unknownFields);
    try {
      options.onConfig(reading);
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error;
      return report(`${error.code}: ${error.message}`);
    }
    problem = undefined;
    for (const each of reading.problems)
      logger.error({ problem: each }, 'a part of the configuration cannot be read; what it concerns is tightened');
    const { configHash, generation } = reading.config;
    logger.info({ revision, generation, configHash }, 'configuration in force');
  }

  function take(entry: KeyValueEntry): void {
    const reading = readExecConfig(entry.value, portfolio);
    const outdated = reading.isUsable ? outdatedProblem(reading.config, entry, known) : storedEarlier(entry, known.stored);
    if (outdated !== undefined) return report(outdated);
    known = { ...known, stored: { revision: entry.revision, storedAtMs: entry.storedAtMs } };
    if (!reading.isUsable) return report(reading.problem);
    keep(reading.config);
    use(reading, entry);
  }

  return (entry) => {
    if (entry === undefined) {
      last = undefined;
      const isFirst = known.version === undefined && known.stored === undefined;
      return report(isFirst ? 'no configuration has been written yet' : 'the configuration record is gone');
    }
    // A bucket that was created again may hold another record at the same revision.
    if (entry.revision === last?.revision && entry.storedAtMs === last.storedAtMs) return;
    last = { revision: entry.revision, storedAtMs: entry.storedAtMs };
    take(entry);
  };
}
