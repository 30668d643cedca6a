import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFinding } from './finding.ts';

for (const { place, want } of [
  { place: { file: 'head.json' }, want: 'head.json: cut [ENTRY_MISSING]' },
  { place: { file: 'checkpoints.jsonl', line: 2 }, want: 'checkpoints.jsonl, line 2: cut [ENTRY_MISSING]' },
  { place: { file: 's.jsonl', line: 1, index: 0 }, want: 's.jsonl, line 1, entry 0: cut [ENTRY_MISSING]' },
]) {
  test(`describeFinding: gives ${want}`, () => {
    assert.equal(describeFinding({ code: 'ENTRY_MISSING', message: 'cut', ...place }), want);
  });
}
