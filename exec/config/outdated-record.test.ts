import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, type ConfigVersion } from '@flotilla/contracts';
import { type KnownRecords, outdatedProblem } from './outdated-record.ts';

const HASH = 'a'.repeat(64);
const STORED = { revision: 5, storedAtMs: 50 };
const version = (generation: number): ConfigVersion => ({ generation, hash: HASH });
const numbered = (generation?: number) => ({ configHash: HASH, ...(generation === undefined ? {} : { generation }) });

interface Case {
  readonly when: string;
  readonly record: ReturnType<typeof numbered>;
  readonly known: KnownRecords;
  readonly stored?: typeof STORED;
  /** Undefined: the record may be used. */
  readonly want?: RegExp;
}

const CASES: readonly Case[] = [
  { when: 'exec has read none', record: numbered(), known: { version: undefined, stored: undefined } },
  {
    when: 'the first record with a generation was stored before one without',
    record: numbered(1),
    known: { version: undefined, stored: { revision: 9, storedAtMs: 90 } },
  },
  {
    when: 'a record without a generation has a lower revision and was stored at the same time',
    record: numbered(),
    known: { version: undefined, stored: { revision: 6, storedAtMs: 50 } },
    want: /revision 6 or a later one, found revision 5 again/,
  },
  {
    when: 'a record without a generation has a lower revision and was stored later',
    record: numbered(),
    known: { version: undefined, stored: { revision: 6, storedAtMs: 49 } },
  },
  {
    when: 'a record without a generation has the same revision as before',
    record: numbered(),
    known: { version: undefined, stored: STORED },
  },
  {
    when: 'the record has the lowest generation again, at a lower revision',
    record: numbered(1),
    known: { version: version(1), stored: { revision: 6, storedAtMs: 60 } },
  },
  {
    when: 'the generation is one lower',
    record: numbered(2),
    known: { version: version(3), stored: undefined },
    want: /found generation 2$/,
  },
  { when: 'the generation is one higher', record: numbered(4), known: { version: version(3), stored: undefined } },
];

for (const { when, record, known, want, stored = STORED } of CASES) {
  test(`outdatedProblem: ${want === undefined ? 'lets exec use the record' : 'refuses the record'}, when ${when}`, () => {
    const found = outdatedProblem(record, stored, known);
    if (want === undefined) assert.equal(found, undefined);
    else assert.match(found ?? '', want);
  });
}

for (const generation of [0, 1.5, Number.NaN]) {
  test(`outdatedProblem: is a bug, when exec knows a record of generation ${generation}`, () => {
    const known = { version: version(generation), stored: undefined };
    assert.throws(() => outdatedProblem(numbered(9), STORED, known), AssertionError);
  });
}
