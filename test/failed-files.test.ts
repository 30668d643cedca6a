import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failedFiles } from './failed-files.ts';

const files = ['a/one.test.ts', 'a/one.test.ts.test.ts', 'b/two.test.ts'];

test('failedFiles: names each failed file once, and no file that only a reason names', () => {
  const failures = '✖ b/two.test.ts: adds\n    ✖ a/one.test.ts: in a reason\n✖ b/two.test.ts: subtracts\n✖ a/one.test.ts: is\n';
  assert.deepEqual(failedFiles(failures, files), ['a/one.test.ts', 'b/two.test.ts']);
  assert.deepEqual(failedFiles('', files), []);
});
