/** What exec makes of the entries that its looks at CONFIG find, one after the other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeLogger } from '@flotilla/runtime/log.ts';
import { configFixture, PORTFOLIO } from '../testing/fixtures.ts';
import { makeTakeEntry } from './watch-config.ts';

const logger = makeLogger({ service: 'exec', revision: 'test', level: 'silent' });

function takerUnderTest() {
  const told: string[] = [];
  const take = makeTakeEntry({
    portfolio: PORTFOLIO,
    logger,
    onConfig: ({ config }) => void told.push(`fee ${config.venue.paper.takerFeeBps}`),
    onProblem: (problem) => void told.push(problem),
    onUnknownFields: (fields) => void told.push(`unknown ${fields.join()}`),
  });
  const entry = (revision: number, storedAtMs: number, takerFeeBps: number, more: object = {}) => ({
    key: 'exec.main',
    revision,
    storedAtMs,
    value: new TextEncoder().encode(JSON.stringify({ ...configFixture({ paper: { takerFeeBps } }), ...more })),
  });
  return { take, entry, told };
}

test('config watch: takes each revision once, when looks repeat it', () => {
  const { take, entry, told } = takerUnderTest();
  for (const revision of [3, 3, 4, 4]) take(entry(revision, revision, revision));
  assert.deepEqual(told, ['fee 3', 'fee 4']);
});

test('config watch: doubts the configuration, when the key is gone, and takes it again when it is back', () => {
  const { take, entry, told } = takerUnderTest();
  take(undefined);
  take(entry(3, 30, 3));
  take(undefined);
  take(entry(3, 30, 3));
  assert.deepEqual(told, ['no configuration has been written yet', 'fee 3', 'the configuration record is gone', 'fee 3']);
});

test('config watch: doubts the configuration, when a bucket that was restored gives an older record', () => {
  const { take, entry, told } = takerUnderTest();
  take(entry(9, 90, 9));
  take(entry(4, 40, 4));
  take(entry(4, 40, 4));
  assert.deepEqual(told, ['fee 9', 'expected the configuration record of revision 9 or a later one, found revision 4 again']);
  take(entry(10, 100, 10));
  assert.equal(told.at(-1), 'fee 10');
});

test('config watch: takes a lower revision, when a bucket that was made anew stored it later', () => {
  const { take, entry, told } = takerUnderTest();
  take(entry(9, 90, 9));
  take(undefined);
  take(entry(1, 120, 1));
  assert.deepEqual(told, ['fee 9', 'the configuration record is gone', 'fee 1']);
});

test('config watch: doubts the configuration, when the record cannot be read, and names unknown fields when it can', () => {
  const { take, entry, told } = takerUnderTest();
  take(entry(1, 10, 1));
  take(entry(2, 20, 2, { schemaVersion: 2 }));
  take(entry(3, 30, 3, { colour: 'red' }));
  assert.match(told[1] ?? '', /cannot be read: schemaVersion/);
  assert.deepEqual(told.slice(2), ['unknown colour', 'fee 3']);
});
