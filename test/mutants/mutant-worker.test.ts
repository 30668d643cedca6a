import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { applyMutant, makeMutants } from './make-mutants.ts';
import { startMutantWorker } from './mutant-worker.ts';

const root = join(import.meta.dirname, '../..');
const source = join(import.meta.dirname, 'fixtures/is-within.ts');
const [url, testUrl] = [pathToFileURL(source).href, pathToFileURL(source.replace('.ts', '.test.ts')).href];
const text = readFileSync(source, 'utf8');
const scratch = mkdtempSync(join(tmpdir(), 'flotilla-mutants-'));
const worker = startMutantWorker(root, scratch, new Map());
after(() => {
  worker.stop();
  rmSync(scratch, { recursive: true, force: true });
});
const failureWith = (mutated?: string) =>
  worker.failureOf({ test: testUrl, reload: [url, testUrl], ...(mutated === undefined ? {} : { mutated: { url, text: mutated } }) });

test('failureOf: is undefined without a mutant, and for each mutant only when the test notices nothing', async () => {
  assert.equal(await failureWith(), undefined);
  const survivors: string[] = [];
  for (const mutant of makeMutants('is-within.ts', text)) {
    if ((await failureWith(applyMutant(text, mutant))) === undefined) survivors.push(mutant.change);
  }
  assert.deepEqual(survivors, ['>= → >', '0 → 1'], 'the test tries no value below 5');
  assert.equal(await failureWith(), undefined, 'no mutant stays behind');
});

test('failureOf: tells what failed, and goes on after a mutant that ends its process', async () => {
  assert.match((await failureWith(text.replace('<=', '<'))) ?? '', /AssertionError/);
  assert.match((await failureWith(text.replace('return', 'process.exit(1);\n  return'))) ?? '', /the process of the tests has ended/);
  assert.match((await failureWith(text.replace('return', 'process.kill(process.pid);\n  return'))) ?? '', /do not end/);
  assert.equal(await failureWith(), undefined);
});
