/** The second reading of a list that was proven before; `verify-folder.test.ts` has the first. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { checkpointLineHash } from '../log/checkpoint-line.ts';
import { FILES } from '../log/format.ts';
import { parseVerifierKey } from '../log/signed-note.ts';
import { asLines, composeLog, writeComposed } from '../testing/composed-log.ts';
import { sampleRecords, temporaryFolder } from '../testing/sample-log.ts';
import { proveCheckpoints, readProvenCheckpoints } from './read-checkpoints.ts';

const temporary = await temporaryFolder();
after(() => temporary.remove());
const { folder } = temporary;
const RECORDS = sampleRecords(20, 'sample');
const LOG = composeLog(RECORDS, [5, 10, 15]);
const [one = '', two = '', three = ''] = LOG.checkpoints;
/** Signed by the same key, with another third checkpoint. */
const [, , other = ''] = composeLog(RECORDS, [5, 10, 16]).checkpoints;

/** Proves the list, changes it, and reads it again: the sizes that come, and what the reading says at its end. */
async function reread(change: (list: Buffer) => Buffer | string) {
  await writeComposed(folder, LOG);
  const verifier = parseVerifierKey(await readFile(join(folder, FILES.publicKey), 'utf8')) ?? assert.fail('expected a key');
  const proven = await proveCheckpoints(folder, verifier, 0);
  assert.ok(!('code' in proven), JSON.stringify(proven));
  assert.deepEqual([proven.count, proven.newest?.size, proven.lastHash], [3, 15, checkpointLineHash(three)]);
  const path = join(folder, FILES.checkpoints);
  await writeFile(path, change(await readFile(path)));
  const sizes: number[] = [];
  const reading = readProvenCheckpoints(folder, proven);
  let step = await reading.next();
  for (; step.done !== true; step = await reading.next()) sizes.push(step.value.size);
  return { sizes, code: step.value?.code, message: step.value?.message };
}

test('readProvenCheckpoints: gives every checkpoint again, and ignores those that were appended since', async () => {
  const unchanged = { sizes: [5, 10, 15], code: undefined, message: undefined };
  assert.deepEqual(await reread((list) => list), unchanged);
  assert.deepEqual(await reread((list) => `${list.toString()}${asLines(['{}'])}`), unchanged);
});

for (const { what, sizes, change } of [
  { what: 'a line is not a checkpoint', sizes: [5], change: () => asLines([one, '{}', three]) },
  { what: 'a line is not UTF-8', sizes: [5], change: () => Buffer.concat([Buffer.from(asLines([one])), Buffer.of(0xff, 0x0a)]) },
  { what: 'a line is missing', sizes: [5], change: () => asLines([one, three]) },
  { what: 'the first line is missing', sizes: [], change: () => asLines([two, three]) },
  { what: 'the last line is another checkpoint', sizes: [5, 10], change: () => asLines([one, two, other]) },
  { what: 'the list was cut', sizes: [5, 10], change: () => asLines([one, two]) },
]) {
  test(`readProvenCheckpoints: says that the list was changed, when ${what}`, async () => {
    assert.deepEqual(await reread(change), {
      sizes,
      code: 'CHECKPOINT_INVALID',
      message: 'the list was changed while it was being verified',
    });
  });
}

test('readProvenCheckpoints: gives nothing of an empty list', async () => {
  await writeComposed(folder, composeLog(RECORDS, []));
  const step = await readProvenCheckpoints(folder, { count: 0, newest: undefined, lastHash: '' }).next();
  assert.deepEqual(step, { done: true, value: undefined });
});
