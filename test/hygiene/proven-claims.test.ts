/** Each row of a table in SECURITY.md names the test that proves it. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { unprovenClaims } from './proven-claims.ts';

const root = join(import.meta.dirname, '../..');
const options = {
  read: (path: string) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined),
  holdsTest: (folder: string) =>
    existsSync(join(root, folder)) && readdirSync(join(root, folder)).some((name) => name.endsWith('.test.ts')),
};

test('SECURITY.md: every row of its tables names a test that exists', () => {
  const page = { path: 'SECURITY.md', text: readFileSync(join(root, 'SECURITY.md'), 'utf8') };
  assert.deepEqual(unprovenClaims(page, options), []);
});

test('unprovenClaims: finds a row without a test, with a test or title that does not exist, and with a folder without tests', () => {
  const text = [
    '| claim | test |',
    '|---|---|',
    '| a file | `a/a.test.ts` |',
    '| a title | `a/a.test.ts` ("does it, when asked") |',
    '| a folder | `test/full/` |',
    '| nothing | |',
    '| code that is no test | `a/a.ts`, `GET` |',
    '| a lost file | `a/b.test.ts` |',
    '| a lost title | `a/a.test.ts` ("does it not") |',
    '| an empty folder | `test/empty/` |',
    '',
    'prose | with | bars',
  ].join('\n');
  const found = unprovenClaims(
    { path: 'PAGE.md', text },
    {
      read: (path) => (path === 'a/a.test.ts' ? "test('thing: does it, when asked', () => {});" : undefined),
      holdsTest: (folder) => folder === 'test/full/',
    },
  );
  assert.deepEqual(found, [
    'PAGE.md: "nothing" names no test',
    'PAGE.md: "code that is no test" names no test',
    'PAGE.md: "a lost file" names a/b.test.ts, which does not exist',
    'PAGE.md: "a lost title" names the test "does it not", which a/a.test.ts does not have',
    'PAGE.md: "an empty folder" names the folder test/empty/, which holds no test',
  ]);
});
