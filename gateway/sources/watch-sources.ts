/**
 * Keeps the table of sources up to date with its files.
 *
 * Reads the files again every second instead of waiting for file system events: mounted ConfigMaps and Secrets change by a swap of symbolic links,
 * which watchers miss, and reading a few small files costs little.
 */
import type { Clock } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime';
import { EMPTY_SOURCE_TABLE, type SourceTable } from './source-table.ts';
import type { SourcesRead } from './read-sources.ts';

export interface SourcesWatch {
  /** The last valid table; empty before the first. */
  readonly table: () => SourceTable;
  /** Why there is no table yet; undefined once there was one. */
  readonly missing: () => string | undefined;
  readonly stop: () => void;
}

export interface SourcesWatchOptions {
  readonly read: () => Promise<SourcesRead>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onChange: (table: SourceTable) => void;
  /** After every look: whether the file on disk can be used. */
  readonly onLook: (usable: boolean) => void;
}

const INTERVAL_MS = 1_000;

/** Resolves after the first look, whatever it found; a file that became invalid later leaves the table as it was. */
export async function watchSources(options: SourcesWatchOptions): Promise<SourcesWatch> {
  let table = EMPTY_SOURCE_TABLE;
  let missing: string | undefined = 'the sources file has not been read';
  let seen: string | undefined;
  let stopped = false;
  let cancel = (): void => undefined;

  async function look(): Promise<void> {
    try {
      const found = await options.read();
      if (!stopped && found.fingerprint !== seen) take(found);
      options.onLook(true);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== seen) options.logger.error({ err: error }, 'sources file not usable; the sources in force stay');
      seen = message;
      options.onLook(false);
      if (missing !== undefined) missing = message;
    }
    if (!stopped) cancel = options.clock.after(INTERVAL_MS, () => void look());
  }

  function take(found: SourcesRead): void {
    seen = found.fingerprint;
    missing = undefined;
    table = found.table;
    for (const problem of table.problems) options.logger.error(problem, 'a source does not work as configured');
    for (const [source, rows] of table.rows)
      if (rows.refused > 0) options.logger.warn({ source, ...rows }, 'rows of the datasets of a source are refused');
    if (table.unknownFields.length > 0)
      options.logger.warn({ fields: table.unknownFields }, 'the sources file has fields that this build does not know');
    options.logger.info({ sources: [...table.sources.keys()] }, 'sources in force');
    options.onChange(table);
  }

  await look();
  return {
    table: () => table,
    missing: () => missing,
    stop: () => {
      stopped = true;
      cancel();
    },
  };
}
