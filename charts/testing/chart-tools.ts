/** helm and kubeconform, built from their pinned modules on the first use. */
import { resolve } from 'node:path';
import { ensureBinaries } from '@flotilla/local/binaries/ensure-binaries.ts';
import { parseSettings } from '@flotilla/local/settings/settings.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';

const checkout = resolve(import.meta.dirname, '..', '..');

export function chartTools(): Promise<Readonly<Record<'helm' | 'kubeconform', string>>> {
  const settings = parseSettings(process.env, checkout);
  return ensureBinaries(['helm', 'kubeconform'], {
    settings,
    clock: systemClock,
    log: (line) => process.stderr.write(`${line}\n`),
    env: process.env,
  });
}
