import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptedEntryOf, type PlacedMutant, wrongEntries } from './accepted-entry.ts';
import { makeMutants } from './make-mutants.ts';

const SOURCE = 'x = a > 0n !== b > 0n;\ny = c + d;\n';
const mutants: readonly PlacedMutant[] = makeMutants('x.ts', SOURCE).map((mutant) => ({ ...mutant, path: 'x.ts' }));
const sum = { path: 'x.ts', code: 'y = c + d;', change: '+ → -', reason: 'd is 0' };
const bound = { path: 'x.ts', code: 'x = a > 0n !== b > 0n;', change: '> → >=', reason: 'never 0' };

test('acceptedEntryOf: finds the entry of a mutant by path, line and change', () => {
  const found = mutants.filter((mutant) => acceptedEntryOf([sum], mutant) !== undefined);
  assert.deepEqual(
    found.map(({ line, change }) => [line, change]),
    [[2, '+ → -']],
  );
  assert.equal(acceptedEntryOf([{ ...sum, path: 'y.ts' }], mutants.at(-1)!), undefined);
});

for (const [reason, entry, count] of [
  ['the line was edited', { ...sum, code: 'y = c + e;' }, 0],
  ['the file was moved', { ...sum, path: 'y.ts' }, 0],
  ['the line has two mutants of that name and the entry counts one', bound, 2],
  ['the entry counts more mutants than there are', { ...sum, count: 2 }, 1],
] as const) {
  test(`wrongEntries: names the entry, when ${reason}`, () => {
    assert.deepEqual(wrongEntries([sum, entry], mutants), [{ entry, count }]);
  });
}

test('wrongEntries: is empty, when each entry stands for as many mutants as it counts', () => {
  assert.deepEqual(wrongEntries([sum, { ...bound, count: 2 }], mutants), []);
});
