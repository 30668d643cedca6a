/** Definitions of kinds that are not ours, for `kubectl apply`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'foreign-kinds');

export function foreignKinds(names: readonly string[]): string {
  return names.map((name) => readFileSync(join(FOLDER, `${name}.json`), 'utf8')).join('---\n');
}
