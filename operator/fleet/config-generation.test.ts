import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError } from '@flotilla/contracts/errors/assert.ts';
import type { ConfigVersion, ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import { withGeneration } from './config-generation.ts';

const HASH = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);
const config = (configHash: string, generation?: number) =>
  ({ configHash, ...(generation === undefined ? {} : { generation }) }) as ExecConfig;
const exec = (generation: number, hash = HASH): { readonly newestConfig: ConfigVersion } => ({ newestConfig: { generation, hash } });

const CASES = [
  { when: 'there is no record and no report', last: undefined, report: undefined, want: 1 },
  { when: 'exec reports no generation and the record changes', last: config(OTHER, 4), report: {}, want: 5 },
  { when: 'an operator of an older version wrote the record', last: config(HASH), report: undefined, want: 1 },
  { when: 'the record is lost', last: undefined, report: exec(7), want: 8 },
  { when: 'the record is older than the one that exec has read', last: config(HASH, 4), report: exec(7), want: 8 },
  { when: 'the record has no generation and exec has read one', last: config(HASH), report: exec(7), want: 8 },
  { when: 'exec has read another record of the generation', last: config(HASH, 7), report: exec(7, OTHER), want: 8 },
  { when: 'the record changes and exec is behind', last: config(OTHER, 9), report: exec(7, OTHER), want: 10 },
  { when: 'the record changes and exec has read one that is newer', last: config(OTHER, 4), report: exec(7, OTHER), want: 8 },
  { when: 'exec follows the record', last: config(HASH, 7), report: exec(7), want: 'nothing' },
  { when: 'exec has not read the record yet', last: config(HASH, 8), report: exec(7, OTHER), want: 'nothing' },
  { when: 'exec reports no generation', last: config(HASH, 1), report: {}, want: 'nothing' },
  { when: 'there is no report', last: config(HASH, 1), report: undefined, want: 'nothing' },
] as const;

for (const { when, last, report, want } of CASES) {
  test(`withGeneration: writes ${want === 'nothing' ? 'nothing' : `generation ${want}`}, when ${when}`, () => {
    const given = withGeneration(config(HASH, 3), last, report);
    if (want === 'nothing') assert.equal(given, last);
    else assert.deepEqual(given, config(HASH, want));
  });
}

test('withGeneration: is a bug, when no generation is left', () => {
  assert.throws(() => withGeneration(config(HASH), undefined, exec(Number.MAX_SAFE_INTEGER)), AssertionError);
});
