/**
 * Follows CONFIG. Every look reads from the leader of the bucket's stream.
 *
 * exec increases risk under a configuration only while the record confirms it. A deleted key, an unreadable record, and an older record in its
 * place (of a restored bucket) are problems: exec keeps its limits and denies every increase of risk.
 */
import { type Clock, FlotillaError, keys, type KeyValue, type KeyValueEntry, type Subscription } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
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
  /** The newest entry that exec has ever read, usable or not. */
  let newest: Pick<KeyValueEntry, 'revision' | 'storedAtMs'> | undefined;
  /** Revision of the entry that the last look found; undefined when the look found none, or before the first look. */
  let lastRevision: number | undefined;
  let problem: string | undefined;

  function report(found: string): void {
    if (found !== problem) logger.error({ problem: found }, 'the record does not confirm the configuration: nothing increases risk');
    problem = found;
    options.onProblem(found);
  }

  function use(entry: KeyValueEntry): void {
    const reading = readExecConfig(entry.value, portfolio);
    if (!reading.isUsable) return report(reading.problem);
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
    logger.info({ revision: entry.revision, configHash: reading.config.configHash }, 'configuration in force');
  }

  return (entry) => {
    if (entry === undefined) {
      lastRevision = undefined;
      report(newest === undefined ? 'no configuration has been written yet' : 'the configuration record is gone');
      return;
    }
    if (entry.revision === lastRevision) return;
    lastRevision = entry.revision;
    if (newest !== undefined && wentBackwards(entry, newest)) {
      report(`expected the configuration record of revision ${newest.revision} or a later one, found revision ${entry.revision} again`);
      return;
    }
    newest = { revision: entry.revision, storedAtMs: entry.storedAtMs };
    use(entry);
  };
}

/**
 * A bucket that was made anew counts revisions from 1, but stores entries later. A restored bucket has lower revisions and earlier times. The same
 * revision may come back after a look that found no entry.
 */
function wentBackwards(entry: KeyValueEntry, newest: Pick<KeyValueEntry, 'revision' | 'storedAtMs'>): boolean {
  return entry.revision < newest.revision && entry.storedAtMs <= newest.storedAtMs;
}
