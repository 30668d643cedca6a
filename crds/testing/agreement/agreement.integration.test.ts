/** Random specs of every kind to zod and to a real API server: a sample of what `make test-schemas` does with ten times as many. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { RESOURCES } from '@flotilla/contracts/resources/catalogue.ts';
import { type CrdServer, startCrdServer } from '../crd-server.ts';
import { describeDisagreement, findDisagreements } from './agree.ts';
import { DIFFERENCES, differenceOf } from './differences.ts';
import { serverVerdict, zodVerdict } from './verdicts.ts';

const VALUES = Number(process.env['VALUES'] ?? 2_000);
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Least number of each verdict, because both sides would refuse every spec of a generator that makes only invalid ones. */
const SHARE_MIN = 0.2;
const README = join(import.meta.dirname, '..', '..', 'README.md');

let crds: CrdServer;
before(async () => {
  crds = await startCrdServer();
});
after(() => crds.stop());

for (const { kind } of RESOURCES) {
  test(`${kind}: zod and the API server agree on ${VALUES} random specs, defaults included; seed ${SEED}`, async (t) => {
    const { accepted, refused, documented, disagreements, kept } = await findDisagreements(kind, SEED, VALUES, crds.cluster);
    t.diagnostic(`${accepted} taken, ${refused} refused; documented differences: ${JSON.stringify(Object.fromEntries(documented))}`);
    assert.equal(disagreements, 0, kept.map(describeDisagreement).join('\n'));
    assert.ok(Math.min(accepted, refused) >= VALUES * SHARE_MIN, `both verdicts are well represented: ${accepted} and ${refused}`);
  });
}

for (const { name, description, example } of DIFFERENCES) {
  test(`differences: ${name} is one, and stands in the README`, async () => {
    const { kind, spec, zodAccepts, serverAccepts } = example;
    const [zod, server] = [zodVerdict(kind, spec), await serverVerdict(kind, spec, crds.cluster)];
    assert.deepEqual([zod.accepted, server.accepted], [zodAccepts, serverAccepts]);
    assert.equal(differenceOf(kind, spec, zod, server), name);
    assert.ok(readFileSync(README, 'utf8').includes(description), 'crds/README.md says so in these words');
  });
}

test('differenceOf: explains nothing that is a mistake of ours', async () => {
  const spec = { scope: { type: 'All' }, reason: 'drill', mode: 'Flatten' };
  const server = await serverVerdict('KillSwitch', spec, crds.cluster);
  assert.equal(server.accepted, false);
  assert.equal(differenceOf('KillSwitch', spec, { accepted: true, says: '{}' }, server), undefined);
});
