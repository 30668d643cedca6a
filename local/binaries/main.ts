/** `node local/binaries/main.ts [name…]`: gets the named programs (default: those of the cluster, and Redis) and links them into `.cache/bin`. */
import { join, resolve } from 'node:path';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { parseSettings } from '../settings/settings.ts';
import { linkPrograms } from '../files/link-programs.ts';
import { ensureRedis } from './ensure-redis.ts';
import { BINARY_NAMES, CLUSTER_BINARIES, isBinaryName } from './catalogue.ts';
import { ensureBinaries } from './ensure-binaries.ts';

try {
  const args = process.argv.slice(2);
  const unknown = args.filter((name) => !isBinaryName(name));
  if (unknown.length > 0) {
    throw new FlotillaError('CONFIG_INVALID', `expected some of ${BINARY_NAMES.join(', ')}; found ${unknown.join(', ')}`);
  }
  const checkout = resolve(import.meta.dirname, '..', '..');
  const settings = parseSettings(process.env, checkout);
  const log = (line: string): void => console.error(line);
  const folder = join(checkout, '.cache', 'bin');
  const named = args.filter(isBinaryName);
  const options = { settings, clock: systemClock, log, env: process.env };
  const programs = await ensureBinaries(named.length === 0 ? CLUSTER_BINARIES : named, options);
  linkPrograms(folder, programs);
  if (named.length === 0) {
    const { pathDirs, cacheDir } = settings;
    linkPrograms(folder, { 'redis-server': await ensureRedis({ pathDirs, cacheDir, clock: systemClock, log, env: process.env }) });
  }
  console.log(`tools: ${Object.keys(programs).join(', ')} in .cache/bin`);
} catch (error) {
  if (!(error instanceof FlotillaError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
