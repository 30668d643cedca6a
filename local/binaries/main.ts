/** `node local/binaries/main.ts [name…]`: gets the named programs (default: all) and prints their paths. */
import { resolve } from 'node:path';
import { FlotillaError } from '@flotilla/contracts/errors.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { parseSettings } from '../settings.ts';
import { BINARY_NAMES, isBinaryName } from './catalogue.ts';
import { ensureBinaries } from './ensure-binaries.ts';

try {
  const args = process.argv.slice(2);
  const unknown = args.filter((name) => !isBinaryName(name));
  if (unknown.length > 0) {
    throw new FlotillaError('CONFIG_INVALID', `expected some of ${BINARY_NAMES.join(', ')}; found ${unknown.join(', ')}`);
  }
  const paths = await ensureBinaries(args.length === 0 ? BINARY_NAMES : args.filter(isBinaryName), {
    settings: parseSettings(process.env, resolve(import.meta.dirname, '..', '..')),
    clock: systemClock,
    log: (line) => console.error(line),
    env: process.env,
  });
  for (const [name, path] of Object.entries(paths)) console.log(`${name} ${path}`);
} catch (error) {
  if (!(error instanceof FlotillaError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
