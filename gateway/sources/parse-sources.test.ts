import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GatewaySource } from '@flotilla/contracts';
import { parseSourcesFile } from './parse-sources.ts';

const COMMON = { venue: 'COINBASE', instruments: ['BTC-USD'], ratePerSecond: 10, burst: 10 };
const HMAC: GatewaySource = { ...COMMON, name: 'alerts', scheme: 'Hmac', secretFile: 'alerts/secret' };
const OTHER: GatewaySource = { ...HMAC, name: 'other' };

function parse(...sources: readonly unknown[]) {
  return parseSourcesFile(JSON.stringify({ schemaVersion: 1, sources }));
}

test('parseSourcesFile: reads every source', () => {
  assert.deepEqual(parse(HMAC, OTHER), { sources: [HMAC, OTHER], problems: [], unknownFields: [] });
});

test('parseSourcesFile: keeps and names fields of a next version', () => {
  const { sources, problems, unknownFields } = parse({ ...HMAC, colour: 'red' }, OTHER);
  assert.deepEqual([sources.map(({ name }) => name), problems], [['alerts', 'other'], []]);
  assert.deepEqual(unknownFields, ['sources.0.colour']);
});

const UNREADABLE = [
  { why: 'is of a scheme of a next version', entry: { ...HMAC, scheme: 'Fix' } },
  { why: 'lacks a field', entry: { ...HMAC, venue: undefined } },
  { why: 'has a rate that is not a number', entry: { ...HMAC, ratePerSecond: 'fast' } },
];

for (const { why, entry } of UNREADABLE) {
  test(`parseSourcesFile: leaves out a source that ${why}, and no other`, () => {
    const { sources, problems } = parse(entry, OTHER);
    assert.deepEqual(sources, [OTHER]);
    assert.deepEqual(
      problems.map(({ source, reason }) => [source, reason]),
      [['alerts', 'SourceUnreadable']],
    );
  });
}

test('parseSourcesFile: names an entry without a name by its place', () => {
  assert.deepEqual(
    parse(7, OTHER, {}).problems.map(({ source }) => source),
    ['sources.0', 'sources.2'],
  );
});

test('parseSourcesFile: serves neither of two sources of one name', () => {
  const { sources, problems } = parse(HMAC, OTHER, { ...HMAC, secretFile: 'elsewhere' });
  assert.deepEqual(sources, [OTHER]);
  assert.deepEqual(
    problems.map(({ source, reason }) => [source, reason]),
    [['alerts', 'SourceNamedTwice']],
  );
});

test('parseSourcesFile: refuses a file that is not JSON, or not a sources file', () => {
  assert.throws(() => parseSourcesFile('{'), { code: 'CONFIG_INVALID' });
  assert.throws(() => parseSourcesFile('{"schemaVersion":1}'), { code: 'CONFIG_INVALID' });
  assert.throws(() => parseSourcesFile('{"schemaVersion":2,"sources":[]}'), { code: 'CONFIG_INVALID' });
});
