/** The operator's reading of halt records that another version may have written. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHaltRecord } from './halt-reading.ts';

const RECORD = {
  schemaVersion: 1,
  portfolio: 'main',
  generation: 7,
  state: 'ENGAGED',
  haltId: 'uid-1',
  killSwitch: 'stop',
  mode: 'CancelAndHold',
  writtenAt: '2026-11-21T12:00:00Z',
} as const;
const read = (record: object) => readHaltRecord('main', Buffer.from(JSON.stringify(record)));

test('readHaltRecord: gives the record and names the field, when a newer version wrote a field that this build does not know', () => {
  const record = { ...RECORD, colour: 'red' };
  assert.deepEqual(read(record), { kind: 'record', record, unknownFields: ['colour'] });
});

for (const [reason, record, generation] of [
  ['a newer version wrote a mode that this build does not know', { ...RECORD, mode: 'Freeze' }, 7],
  ['a field is missing', { ...RECORD, state: undefined }, 7],
  ['it is the record of another portfolio', { ...RECORD, portfolio: 'other' }, 7],
  ['the generation is not a whole number', { ...RECORD, generation: 7.5 }, 0],
  ['the generation leaves no room for the next one', { ...RECORD, generation: Number.MAX_SAFE_INTEGER, mode: 'Freeze' }, 0],
] as const) {
  test(`readHaltRecord: is unreadable and knows generation ${generation}, when ${reason}`, () => {
    const found = read(record);
    assert.deepEqual([found.kind, 'generation' in found && found.generation], ['unreadable', generation]);
  });
}

test('readHaltRecord: is unreadable, when the bytes are not JSON', () => {
  const found = readHaltRecord('main', Buffer.from([0xff, 0x00]));
  assert.deepEqual([found.kind, 'generation' in found && found.generation], ['unreadable', 0]);
});
