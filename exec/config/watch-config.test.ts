/** The use that exec makes of the entries that its looks at CONFIG find, one after the other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConfigVersion, FlotillaError, type KeyValue, type KeyValueEntry } from '@flotilla/contracts';
import { makeManualClock } from '@flotilla/kube/testing/manual-clock.ts';
import { makeLogger } from '@flotilla/runtime/log.ts';
import { configFixture, PORTFOLIO } from '../testing/fixtures.ts';
import { makeTakeEntry, watchConfig } from './watch-config.ts';

const logger = makeLogger({ service: 'exec', revision: 'test', level: 'silent' });

function takerUnderTest(newest?: ConfigVersion, onConfig: () => void = () => undefined) {
  const told: string[] = [];
  const errors: unknown[] = [];
  const kept: ConfigVersion[] = [];
  const take = makeTakeEntry({
    portfolio: PORTFOLIO,
    logger: Object.assign(Object.create(logger) as typeof logger, { error: (fields: unknown) => errors.push(fields) }),
    newest,
    onNewest: (version) => void kept.push(version),
    onConfig({ config }) {
      onConfig();
      told.push(`fee ${config.venue.paper.takerFeeBps}`);
    },
    onProblem: (problem) => void told.push(problem),
    onUnknownFields: (fields) => void told.push(`unknown ${fields.join()}`),
  });
  const entry = (revision: number, storedAtMs: number, takerFeeBps: number, more: object = {}) => ({
    key: 'exec.main',
    revision,
    storedAtMs,
    value: new TextEncoder().encode(JSON.stringify({ ...configFixture({ paper: { takerFeeBps } }), ...more })),
  });
  return { take, entry, told, kept, errors };
}
const versionOf = (generation: number, takerFeeBps: number): ConfigVersion => ({
  generation,
  hash: configFixture({ paper: { takerFeeBps } }).configHash,
});

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

test('config watch: keeps the version of each newer record, before the record is used', () => {
  const { take, entry, told, kept } = takerUnderTest();
  take(entry(1, 10, 1));
  take(entry(2, 20, 2, { generation: 5 }));
  take(entry(3, 30, 2, { generation: 5 }));
  take(entry(4, 40, 3, { generation: 6 }));
  assert.deepEqual(kept, [versionOf(5, 2), versionOf(6, 3)]);
  assert.deepEqual(told, ['fee 1', 'fee 2', 'fee 2', 'fee 3']);
});

/** Findings of a look after a record of generation 6 with fee 6. Every entry has a higher revision and is stored later. */
const AFTER_SIX = [
  { found: 'a lower generation', fee: 4, more: { generation: 5 }, want: /generation 6 or a later one, found generation 5/ },
  { found: 'a record without a generation', fee: 6, more: {}, want: /generation 6 or a later one, found a record without a generation/ },
  { found: 'another record of the same generation', fee: 4, more: { generation: 6 }, want: /found another record of the same generation/ },
  { found: 'the same record', fee: 6, more: { generation: 6 }, want: /^fee 6$/ },
  { found: 'the next generation', fee: 4, more: { generation: 7 }, want: /^fee 4$/ },
  { found: 'a generation that cannot be read', fee: 4, more: { generation: 0 }, want: /cannot be read: generation/ },
] as const;
for (const { found, fee, more, want } of AFTER_SIX) {
  const isTaken = want.source.startsWith('^fee');
  test(`config watch: ${isTaken ? 'takes the record' : 'doubts the configuration'}, when the bucket was made anew and holds ${found}`, () => {
    const { take, entry, told } = takerUnderTest();
    take(entry(9, 90, 6, { generation: 6 }));
    take(entry(11, 110, fee, more));
    assert.match(told.at(-1) ?? '', want);
  });

  test(`config watch: ${isTaken ? 'takes the record' : 'doubts the configuration'}, when exec has started again and finds ${found}`, () => {
    const { take, entry, told, kept } = takerUnderTest(versionOf(6, 6));
    take(entry(1, 110, fee, more));
    assert.equal(told.length, 1);
    assert.match(told[0] ?? '', want);
    assert.deepEqual(kept, found === 'the next generation' ? [versionOf(7, 4)] : []);
  });
}

test('config watch: goes on with the next generation, after the record was gone or outdated', () => {
  const { take, entry, told } = takerUnderTest(versionOf(6, 6));
  take(undefined);
  take(entry(1, 110, 4, { generation: 5 }));
  take(entry(2, 120, 4, { generation: 7 }));
  assert.equal(told[0], 'the configuration record is gone');
  assert.equal(told[2], 'fee 4');
});

test('config watch: reads the entry again, when a bucket that was made anew holds another entry at the same revision', () => {
  const { take, entry, told } = takerUnderTest();
  take(entry(3, 30, 3, { generation: 3 }));
  take(entry(3, 60, 2, { generation: 2 }));
  assert.match(told[1] ?? '', /generation 3 or a later one, found generation 2/);
});

test('config watch: logs a problem once, and again when another one follows or the problem comes back', () => {
  const { take, entry, errors } = takerUnderTest();
  take(entry(1, 10, 1));
  for (let look = 0; look < 3; look += 1) take(undefined);
  assert.equal(errors.length, 1);
  take(entry(2, 20, 2, { schemaVersion: 2 }));
  assert.equal(errors.length, 2);
  take(entry(3, 30, 3));
  take(undefined);
  assert.equal(errors.length, 3);
});

test('config watch: doubts a record that cannot be put into force, keeps its version, and lets a bug through', () => {
  let thrown: Error = new FlotillaError('NUMBER_TOO_PRECISE', 'found 20 digits');
  const { take, entry, told, kept } = takerUnderTest(undefined, () => {
    throw thrown;
  });
  take(entry(1, 10, 1, { generation: 3 }));
  assert.deepEqual(told, ['NUMBER_TOO_PRECISE: found 20 digits']);
  assert.deepEqual(kept, [versionOf(3, 1)]);
  thrown = new TypeError('a bug');
  assert.throws(() => take(entry(2, 20, 2, { generation: 4 })), TypeError);
});

test('watchConfig: follows the key of the portfolio, and tells the age of the last look', async () => {
  const clock = makeManualClock(0);
  const told: string[] = [];
  let look: (begunMs: number, entry: KeyValueEntry | undefined) => void = () => assert.fail('expected a watch');
  let isWatched = true;
  const bucket: Pick<KeyValue, 'watch'> = {
    watch(key, _onEntry, options) {
      assert.equal(key, 'exec.main');
      look = options?.onLook ?? look;
      return Promise.resolve({ unsubscribe: () => void (isWatched = false), look: () => Promise.resolve() });
    },
  };
  const watch = await watchConfig({
    bucket: bucket as KeyValue,
    portfolio: PORTFOLIO,
    clock,
    logger,
    newest: undefined,
    onNewest: () => undefined,
    onConfig: ({ config }) => void told.push(config.configHash),
    onProblem: () => undefined,
    onUnknownFields: () => undefined,
  });
  assert.equal(watch.ageMs(), undefined);
  await clock.advance(700);
  const { entry } = takerUnderTest();
  look(clock.monotonicMs(), entry(1, 10, 1));
  await clock.advance(250);
  assert.deepEqual(told, [versionOf(1, 1).hash]);
  assert.equal(watch.ageMs(), 250);
  watch.unsubscribe();
  assert.equal(isWatched, false);
});
