import assert from 'node:assert/strict';
import { test } from 'node:test';
import { haltFixture, PORTFOLIO } from '../testing/fixtures.ts';
import { readHaltRecord } from './read-halt-record.ts';

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const read = (value: unknown) => readHaltRecord(bytes(value), PORTFOLIO);

test('readHaltRecord: takes the record and names the field, when a newer version wrote a field that this build does not know', () => {
  const reading = read({ ...haltFixture(4, 'ENGAGED', 'Flatten'), releases: [] });
  assert.equal(reading.record?.mode, 'Flatten');
  assert.equal(reading.problem, undefined);
  assert.deepEqual(reading.unknownFields, ['releases']);
});

test('readHaltRecord: engages in mode CancelAndHold, when a record that engages has a mode that this build does not know', () => {
  const reading = read({ ...haltFixture(4, 'ENGAGED'), mode: 'Hedge' });
  assert.deepEqual([reading.record?.state, reading.record?.generation, reading.record?.mode], ['ENGAGED', 4, 'CancelAndHold']);
  assert.match(reading.problem ?? '', /cannot be read: mode/);
});

test('readHaltRecord: engages, when a record that engages has a newer schema version', () => {
  assert.equal(read({ ...haltFixture(4, 'ENGAGED'), schemaVersion: 2 }).record?.state, 'ENGAGED');
});

for (const [what, value] of [
  ['releases and has a newer schema version', { ...haltFixture(4, 'RELEASED'), schemaVersion: 2 }],
  ['is for another portfolio', { ...haltFixture(4, 'RELEASED'), portfolio: 'other' }],
  ['engages another portfolio and has a bad mode', { ...haltFixture(4, 'ENGAGED'), portfolio: 'other', mode: 'Hedge' }],
  ['has no generation', { ...haltFixture(4, 'ENGAGED'), generation: 'x' }],
  ['holds text instead of an object', 'x'],
] as const) {
  test(`readHaltRecord: gives no record and says why, when it ${what}`, () => {
    const reading = read(value);
    assert.equal(reading.record, undefined);
    assert.ok((reading.problem ?? '').length > 10);
  });
}

test('readHaltRecord: gives no record and says why, when the bytes are not JSON', () => {
  const reading = readHaltRecord(new TextEncoder().encode('{'), PORTFOLIO);
  assert.deepEqual([reading.record, typeof reading.problem], [undefined, 'string']);
});

test('readHaltRecord: gives the record alone, when it is in order, and nothing, when there is none', () => {
  const record = haltFixture(4, 'RELEASED');
  assert.deepEqual(read(record), { record, problem: undefined, unknownFields: [] });
  assert.deepEqual(readHaltRecord(undefined, PORTFOLIO), { record: undefined, problem: undefined, unknownFields: [] });
});

test('readHaltRecord: names both portfolios, when the record is for another one', () => {
  assert.match(read({ ...haltFixture(4, 'RELEASED'), portfolio: 'other' }).problem ?? '', /of portfolio main, found that of other/);
});

test('readHaltRecord: gives a record that is valid by itself, when it engages and is not readable as a whole', () => {
  const { record } = read({ ...haltFixture(4, 'ENGAGED'), schemaVersion: 2, mode: 'Hedge' });
  assert.deepEqual(record, {
    schemaVersion: 1,
    portfolio: PORTFOLIO,
    generation: 4,
    state: 'ENGAGED',
    mode: 'CancelAndHold',
    writtenAt: '',
  });
});

test('readHaltRecord: cuts the problem to 500 characters, when the record has much that is wrong', () => {
  const long = { portfolio: 'p'.repeat(2_000), generation: 1, state: 'RELEASED' };
  assert.ok((readHaltRecord(bytes({ ...haltFixture(1, 'RELEASED'), portfolio: 'p' }), 'q'.repeat(2_000)).problem ?? '').length === 500);
  assert.ok((read(long).problem ?? '').length <= 500);
});
