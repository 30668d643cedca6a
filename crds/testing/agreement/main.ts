/**
 * `node crds/testing/agreement/main.ts [--values 20000] [--seed 1] [--kind Portfolio] [--index 17]`: random specs of every kind (or one) to zod
 * and to a real API server. With `--index` it compares only that value and prints it in full.
 */
import { parseArgs } from 'node:util';
import { RESOURCES, type ResourceKind } from '@flotilla/contracts/resources/catalogue.ts';
import { startCrdServer } from '../crd-server.ts';
import { describeDisagreement, findDisagreements } from './agree.ts';
import { differenceOf } from './differences.ts';
import { randomSpec } from './random-spec.ts';
import { serverVerdict, zodVerdict } from './verdicts.ts';

const VALUES = '20000';
const { values: flags } = parseArgs({
  options: {
    values: { type: 'string', default: process.env['VALUES'] ?? VALUES },
    seed: { type: 'string', default: process.env['SEED'] ?? String(Math.floor(Math.random() * 2 ** 31)) },
    kind: { type: 'string' },
    index: { type: 'string' },
  },
});
const seed = Number(flags.seed);
const kinds = RESOURCES.map(({ kind }): ResourceKind => kind).filter((kind) => flags.kind === undefined || kind === flags.kind);
const crds = await startCrdServer();
try {
  if (flags.index === undefined) await runAll();
  else for (const kind of kinds) await runOne(kind, Number(flags.index));
} finally {
  await crds.stop();
}

async function runAll(): Promise<void> {
  const count = Number(flags.values);
  console.log(`seed ${seed}, ${count.toLocaleString('en')} values per kind`);
  for (const kind of kinds) {
    const startedMs = performance.now();
    const result = await findDisagreements(kind, seed, count, crds.cluster);
    const seconds = (performance.now() - startedMs) / 1_000;
    const known = [...result.documented].map(([name, times]) => `${name} ${times}`).join(', ');
    console.log(
      `${kind}: ${result.accepted} taken, ${result.refused} refused by both or one, ${result.disagreements} disagreements` +
        `${known === '' ? '' : ` beside the documented ones (${known})`}; ${seconds.toFixed(1)} s, ${Math.round(count / seconds)} values a second`,
    );
    for (const disagreement of result.kept) console.log(describeDisagreement(disagreement));
    if (result.disagreements > 0) process.exitCode = 1;
  }
}

async function runOne(kind: ResourceKind, index: number): Promise<void> {
  const spec = randomSpec(kind, seed, index);
  const [zod, server] = [zodVerdict(kind, spec), await serverVerdict(kind, spec, crds.cluster)];
  console.log(describeDisagreement({ kind, seed, index, spec, zod, server }));
  console.log(`documented as: ${differenceOf(kind, spec, zod, server) ?? 'nothing'}`);
}
