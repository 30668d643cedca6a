import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GatewaySource } from '@flotilla/contracts';
import { type DatasetFound, makeSourceTable, type SecretFound, type SourceFiles } from './make-source-table.ts';
import type { ParsedSources } from './parse-sources.ts';

const COMMON = { venue: 'COINBASE', instruments: ['BTC-USD'], ratePerSecond: 10, burst: 10 };
const HMAC: GatewaySource = { ...COMMON, name: 'alerts', scheme: 'Hmac', secretFile: 'alerts/secret' };
const TRADING_VIEW: GatewaySource = {
  ...COMMON,
  name: 'tv',
  scheme: 'TradingView',
  secretFile: 'tv/secret',
  sourceAddresses: [],
  freshnessMs: 60_000,
};
const REPLAY: GatewaySource = { ...COMMON, name: 'recorded', scheme: 'Replay', datasets: ['day', 'night'] };
const SECRET: SecretFound = { ok: true, secret: Buffer.from('0123456789abcdef') };
const FILES: SourceFiles = { secretOf: () => SECRET, datasetOf: () => ({}) };

function parsed(...sources: readonly GatewaySource[]): ParsedSources {
  return { sources, problems: [], unknownFields: [] };
}

test('makeSourceTable: takes a source whose files are there', () => {
  const table = makeSourceTable(parsed(HMAC, TRADING_VIEW, REPLAY), FILES);
  assert.deepEqual([...table.sources.keys()], ['alerts', 'tv', 'recorded']);
  assert.deepEqual(table.problems, []);
});

const secret = (text: string): SecretFound => ({ ok: true, secret: Buffer.from(text) });
const LEFT_OUT: readonly {
  readonly why: string;
  readonly source: GatewaySource;
  readonly secret: SecretFound;
  readonly reason: string;
  readonly says: RegExp;
}[] = [
  { why: 'its secret does not exist', source: HMAC, secret: { ok: false, code: 'ENOENT' }, reason: 'SecretMissing', says: /no such key/ },
  { why: 'its secret cannot be read', source: HMAC, secret: { ok: false, code: 'EACCES' }, reason: 'SecretUnreadable', says: /EACCES/ },
  { why: 'its secret is empty', source: HMAC, secret: secret(''), reason: 'SecretEmpty', says: /found an empty one/ },
  {
    why: 'its secret is one byte short',
    source: HMAC,
    secret: secret('0123456789abcde'),
    reason: 'SecretTooShort',
    says: /16 bytes, found 15/,
  },
  {
    why: 'an address is not an address',
    source: { ...TRADING_VIEW, sourceAddresses: ['somewhere'] },
    secret: SECRET,
    reason: 'AddressInvalid',
    says: /somewhere/,
  },
];

for (const { why, source, secret: found, reason, says } of LEFT_OUT) {
  test(`makeSourceTable: leaves out one source, and only that, when ${why}`, () => {
    const other: GatewaySource = { ...HMAC, name: 'other', secretFile: 'other/secret' };
    const secretOf = (file: string): SecretFound => (file.startsWith('other/') ? SECRET : found);
    const table = makeSourceTable(parsed(source, other), { ...FILES, secretOf });
    assert.deepEqual([...table.sources.keys()], ['other']);
    assert.deepEqual(
      table.problems.map((problem) => [problem.source, problem.reason]),
      [[source.name, reason]],
    );
    assert.match(table.problems[0]?.message ?? '', says);
  });
}

for (const [why, found, accepted, reason] of [
  ['is there', secret('fedcba9876543210'), true, undefined],
  ['is not there', { ok: false, code: 'ENOENT' }, false, undefined],
  ['is too short', secret('short'), false, 'SecretTooShort'],
  ['cannot be read', { ok: false, code: 'EACCES' }, false, 'SecretUnreadable'],
] as const) {
  test(`makeSourceTable: serves a source by its secret, and ${accepted ? 'also by its next one' : 'by no other'}, when the next secret ${why}`, () => {
    const secretOf = (file: string): SecretFound => (file.endsWith('/.next') ? found : SECRET);
    for (const source of [HMAC, TRADING_VIEW]) {
      const { sources, problems } = makeSourceTable(parsed(source), { ...FILES, secretOf });
      const live = sources.get(source.name);
      assert.ok(live !== undefined && live.scheme !== 'Replay');
      assert.equal(live.nextSecret !== undefined, accepted);
      assert.deepEqual(
        problems.map((problem) => problem.reason),
        reason === undefined ? [] : [reason],
      );
    }
  });
}

const BINARY = Uint8Array.from({ length: 16 }, (_, index) => 0xff - index);

test('makeSourceTable: counts the bytes of a secret, not the characters that they decode to', () => {
  const table = (secret: Uint8Array) => makeSourceTable(parsed(HMAC), { ...FILES, secretOf: () => ({ ok: true, secret }) });
  assert.deepEqual([...table(BINARY).sources.keys()], ['alerts']);
  assert.deepEqual([...table(Buffer.from('ü'.repeat(8))).sources.keys()], ['alerts'], '8 characters of 2 bytes');
  const [problem] = table(BINARY.subarray(1)).problems;
  assert.deepEqual(problem, {
    source: 'alerts',
    reason: 'SecretTooShort',
    message: 'expected a secret of at least 16 bytes, found 15: make a longer one',
  });
});

test('makeSourceTable: serves a source whose second dataset is missing, and says so', () => {
  const datasetOf = (_source: unknown, dataset: string) => (dataset === 'night' ? { problem: 'found no night.csv' } : {});
  const table = makeSourceTable(parsed(REPLAY), { ...FILES, datasetOf });
  assert.deepEqual([...table.sources.keys()], ['recorded']);
  assert.deepEqual(table.problems, [{ source: 'recorded', reason: 'DatasetUnusable', message: 'found no night.csv' }]);
});

test('makeSourceTable: tells the rows of a source when those of all its datasets are counted, and leaves out a dataset that cannot be read', () => {
  const day = { rows: { usable: 27, refused: 1, firstRefused: 'day.csv line 3: close: NaN' } };
  const rowsOf = (night: DatasetFound) => {
    const datasetOf = (_source: unknown, dataset: string) => (dataset === 'night' ? night : day);
    return makeSourceTable(parsed(REPLAY), { ...FILES, datasetOf }).rows.get('recorded');
  };
  assert.equal(rowsOf({}), undefined);
  assert.deepEqual(rowsOf({ problem: 'found no night.csv' }), day.rows);
  assert.deepEqual(rowsOf({ rows: { usable: 3, refused: 2, firstRefused: 'night.csv line 9: time' } }), {
    ...day.rows,
    usable: 30,
    refused: 3,
  });
});
