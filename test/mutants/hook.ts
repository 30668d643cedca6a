/**
 * Loaded with `node --import`: hands out one mutated source instead of the file on disk, in this process and its children.
 *
 * `MUTANT_URL` names the file, `MUTANT_TEXT` the file that holds the mutated source.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const { MUTANT_URL: mutated, MUTANT_TEXT: textPath } = process.env;
if (mutated !== undefined && textPath !== undefined) {
  registerHooks({
    load: (url, context, next) =>
      url === mutated ? { format: 'module-typescript', source: readFileSync(textPath, 'utf8'), shortCircuit: true } : next(url, context),
  });
}
