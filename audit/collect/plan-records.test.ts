import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredMessage } from '@flotilla/contracts';
import fc from 'fast-check';
import type { LogRecord } from '../log/entry.ts';
import { advance, NO_CURSOR, successionProblem } from '../log/succession.ts';
import { planRecords } from './plan-records.ts';

const message = (sequence: number, storedAtMs = sequence * 10): StoredMessage => ({
  stream: 'SIGNALS',
  subject: 'signals.raw.tv',
  sequence,
  storedAtMs,
  payload: new Uint8Array(),
  headers: {},
});

/** A stream that holds `sequences`. */
const streamOf = (sequences: readonly number[]) =>
  async function* read(from: number, through: number): AsyncGenerator<StoredMessage> {
    for (const sequence of sequences) if (sequence >= from && sequence <= through) yield message(sequence);
  };

async function plan(cursorSequence: number, next: StoredMessage, held: readonly number[] = []): Promise<readonly string[]> {
  const names: string[] = [];
  const cursor = { sequence: cursorSequence, storedAtMs: cursorSequence * 10 };
  for await (const record of planRecords(cursor, next, streamOf(held))) names.push(nameOf(record));
  return names;
}

function nameOf(record: LogRecord): string {
  if (record.type === 'message') return String(record.message.sequence);
  return record.note.kind === 'MISSING' ? `${record.note.from}-${record.note.sequence} missing` : 'restarted';
}

const CASES = [
  { why: 'it is the next one', at: 4, next: message(5), held: [], want: ['5'] },
  { why: 'it was logged before', at: 4, next: message(4), held: [], want: [] },
  { why: 'its time differs by rounding alone', at: 4, next: message(4, 41), held: [], want: [] },
  { why: 'it came ahead of others', at: 4, next: message(7), held: [5, 6], want: ['5', '6', '7'] },
  { why: 'the stream lost all between', at: 4, next: message(7), held: [], want: ['5-6 missing', '7'] },
  { why: 'the stream lost some between', at: 4, next: message(9), held: [6], want: ['5-5 missing', '6', '7-8 missing', '9'] },
  { why: 'the stream was made anew', at: 4, next: message(1, 50), held: [], want: ['restarted', '1'] },
  { why: 'the stream was made anew and came ahead', at: 4, next: message(3, 60), held: [1, 2], want: ['restarted', '1', '2', '3'] },
] as const;

for (const { why, at, next, held, want } of CASES) {
  test(`planRecords: yields ${want.join(', ') || 'nothing'}, when ${why}`, async () => assert.deepEqual(await plan(at, next, held), want));
}

test('planRecords: logs each held message once and in order, when deliveries come in any order and again', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      fc.infiniteStream(fc.nat()),
      async (held, picks) => {
        const sorted = held.toSorted((a, b) => a - b);
        let cursor = NO_CURSOR;
        const logged: number[] = [];
        const deliveries = [...held, ...Array.from({ length: 20 }, () => held[picks.next().value! % held.length]!)];
        for (const sequence of deliveries) {
          for await (const record of planRecords(cursor, message(sequence), streamOf(sorted))) {
            assert.equal(successionProblem(cursor, record), undefined);
            cursor = advance(cursor, record);
            if (record.type === 'message') logged.push(record.message.sequence);
          }
        }
        assert.deepEqual(logged, sorted);
      },
    ),
  );
});
