/** Makes the keys of a local cluster's bus once, and reads them from then on. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Rng } from '@flotilla/contracts/ports.ts';
import { type BusKeys, makeBusKeys } from '@flotilla/runtime/identity/bus-keys.ts';
import type { StateFolder } from '../files/state-folder.ts';
import { readIfThere, writePrivateFile } from '../files/write-private-file.ts';

type KeyFolder = Pick<StateFolder, 'root' | 'busKeysFile' | 'busDataDir'>;

/**
 * The keys live as long as the data of the bus: the streams belong to an account that is named by one of the keys. `make clean` forgets both.
 *
 * @throws FlotillaError `CONFIG_INVALID` when the streams belong to other keys, because the cluster would begin with empty streams beside them
 */
export function ensureBusKeys(folder: KeyFolder, rng: Pick<Rng, 'bytes'>, nowMs: number): BusKeys {
  const text = readIfThere(folder.busKeysFile);
  const known = text === undefined ? undefined : (JSON.parse(text) as BusKeys);
  requireOwnData(folder, known);
  if (known !== undefined) return known;
  const keys = makeBusKeys(rng, nowMs);
  writePrivateFile(folder.busKeysFile, `${JSON.stringify(keys, undefined, 1)}\n`);
  return keys;
}

function requireOwnData({ root, busKeysFile, busDataDir }: KeyFolder, keys: BusKeys | undefined): void {
  const owners = accountsWithData(busDataDir);
  if (owners.length === 0 || (keys !== undefined && owners.includes(keys.operator.core))) return;
  const found = keys === undefined ? 'no keys of the bus' : 'the keys of another bus';
  throw new FlotillaError(
    'CONFIG_INVALID',
    [
      `${busDataDir} holds streams of the account ${owners.join(', ')}, and ${busKeysFile} holds ${found}.`,
      'An earlier version of Flotilla made the streams, or their keys were lost. This version cannot read the streams. Nothing was changed.',
      `"make clean" forgets ${root} with its orders, fills and audit log, and "make up" begins anew. FLOTILLA_STATE_DIR names another folder, and keeps this one.`,
    ].join('\n'),
  );
}

/** The server keeps the streams of each account in a folder of its name. */
function accountsWithData(busDataDir: string): readonly string[] {
  try {
    return readdirSync(join(busDataDir, 'jetstream')).toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
