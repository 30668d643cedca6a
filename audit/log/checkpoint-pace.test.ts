import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkpointDueMs, LINE_SHARE, QUIET_INTERVALS, type Unsigned } from './checkpoint-pace.ts';

const LIMITS = { entriesMax: 4_096, intervalMs: 1_000 };
const NONE: Unsigned = { entries: 0, bytes: 0, sinceMs: 0, signedAtMs: undefined, lineBytes: 700 };

const CASES: readonly { readonly why: string; readonly unsigned: Partial<Unsigned>; readonly dueMs: number }[] = [
  { why: 'every entry is signed', unsigned: {}, dueMs: Number.POSITIVE_INFINITY },
  { why: 'the process has signed none yet', unsigned: { entries: 1, bytes: 1, sinceMs: 50_000 }, dueMs: 51_000 },
  { why: 'the entries are worth a line', unsigned: { entries: 6, bytes: 5_600, sinceMs: 50_000, signedAtMs: 49_500 }, dueMs: 51_000 },
  { why: 'the entries are not worth a line', unsigned: { entries: 5, bytes: 5_599, sinceMs: 50_000, signedAtMs: 49_500 }, dueMs: 79_500 },
  {
    why: 'an entry comes after a quiet interval',
    unsigned: { entries: 1, bytes: 900, sinceMs: 80_000, signedAtMs: 49_500 },
    dueMs: 81_000,
  },
  {
    why: 'the entries are as many as the bound',
    unsigned: { entries: 4_096, bytes: 9, sinceMs: 50_000, signedAtMs: 49_999 },
    dueMs: 50_000,
  },
  {
    why: 'the entries are one below the bound',
    unsigned: { entries: 4_095, bytes: 9, sinceMs: 50_000, signedAtMs: 50_000 },
    dueMs: 80_000,
  },
  { why: 'the bytes are at the bound', unsigned: { entries: 2, bytes: 8_388_608, sinceMs: 50_000, signedAtMs: 50_000 }, dueMs: 50_000 },
  {
    why: 'the bytes are one below the bound',
    unsigned: { entries: 2, bytes: 8_388_607, sinceMs: 50_000, signedAtMs: 50_000 },
    dueMs: 51_000,
  },
];

for (const { why, unsigned, dueMs } of CASES) {
  test(`checkpointDueMs: is ${dueMs}, when ${why}`, () => assert.equal(checkpointDueMs({ ...NONE, ...unsigned }, LIMITS), dueMs));
}

test('checkpointDueMs: keeps the list within its share of the bytes and one line per quiet interval, for any traffic', () => {
  const LINE_BYTES = 700;
  const traffic = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 20_000 }), bytes: fc.integer({ min: 200, max: 20_000 }) }), {
    maxLength: 500,
  });
  fc.assert(
    fc.property(traffic, (entries) => {
      let [nowMs, lines, written] = [0, 0, 0];
      let unsigned = { ...NONE, lineBytes: LINE_BYTES };
      for (const { afterMs, bytes } of entries) {
        nowMs += afterMs;
        const dueMs = checkpointDueMs(unsigned, LIMITS);
        if (dueMs <= nowMs) {
          lines += 1;
          unsigned = { ...unsigned, entries: 0, bytes: 0, signedAtMs: dueMs };
        }
        const sinceMs = unsigned.entries === 0 ? nowMs : unsigned.sinceMs;
        unsigned = { ...unsigned, entries: unsigned.entries + 1, bytes: unsigned.bytes + bytes, sinceMs };
        written += bytes;
      }
      const quietLines = 1 + nowMs / (LIMITS.intervalMs * QUIET_INTERVALS);
      assert.ok(lines * LINE_BYTES <= written / LINE_SHARE + quietLines * LINE_BYTES, `${lines} lines for ${written} bytes in ${nowMs} ms`);
    }),
  );
});
