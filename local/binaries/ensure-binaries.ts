/** Finds or builds the pinned programs that a command needs. */
import type { Clock } from '@flotilla/contracts/ports.ts';
import { withFileLock } from '../processes/file-lock.ts';
import { formatSeconds, type Log } from '../print/progress.ts';
import type { LocalSettings } from '../settings/settings.ts';
import { buildBinary } from './build-binary.ts';
import type { BinaryName } from './catalogue.ts';
import { cachedBinary, findBinary, type FoundBinary } from './find-binary.ts';
import { pinned } from './pinned.ts';

export interface EnsureOptions {
  readonly settings: LocalSettings;
  readonly clock: Clock;
  readonly log: Log;
  /** The whole environment: Go needs its own settings. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Paths of the named programs; builds those that are nowhere, one after the other (one build keeps every core busy), with a line for each.
 * Several clones may do this at once: a lock per program lets one build and the others wait for it.
 */
export async function ensureBinaries<N extends BinaryName>(
  names: readonly N[],
  options: EnsureOptions,
): Promise<Readonly<Record<N, string>>> {
  const found = await Promise.all(names.map(async (name) => [name, await findBinary(pinned(name), options.settings)] as const));
  const paths: (readonly [N, string])[] = [];
  for (const [name, binary] of found) paths.push([name, (binary ?? (await build(name, options))).path]);
  return Object.fromEntries(paths) as Record<N, string>;
}

async function build(name: BinaryName, options: EnsureOptions): Promise<FoundBinary> {
  const { settings, clock, log } = options;
  const binary = pinned(name);
  const target = cachedBinary(binary, settings.cacheDir);
  const wait = (): void => log(`  ${name}: another clone builds it, waiting`);
  return withFileLock(`${target}.lock`, wait, async () => {
    const meanwhile = await findBinary(binary, settings);
    if (meanwhile !== undefined) return meanwhile;
    log(`  ${name} ${binary.version}: building (needed once; up to 3 minutes)`);
    const startedMs = clock.monotonicMs();
    await buildBinary(binary, target, options.env);
    log(`  ${name} ${binary.version}: built in ${formatSeconds(clock.monotonicMs() - startedMs)}`);
    return { path: target, from: 'cache' };
  });
}
