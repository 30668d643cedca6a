import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GatewaySource } from '@flotilla/contracts';
import { makeSourceTable, type SecretFound, type SourceFiles } from './make-source-table.ts';
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
const FILES: SourceFiles = { secretOf: () => SECRET, datasetProblemOf: () => undefined };

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
    const secretOf = (file: string): SecretFound => (file === other.secretFile ? SECRET : found);
    const table = makeSourceTable(parsed(source, other), { ...FILES, secretOf });
    assert.deepEqual([...table.sources.keys()], ['other']);
    assert.deepEqual(
      table.problems.map((problem) => [problem.source, problem.reason]),
      [[source.name, reason]],
    );
    assert.match(table.problems[0]?.message ?? '', says);
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
  const datasetProblemOf = (_source: unknown, dataset: string) => (dataset === 'night' ? 'found no night.csv' : undefined);
  const table = makeSourceTable(parsed(REPLAY), { ...FILES, datasetProblemOf });
  assert.deepEqual([...table.sources.keys()], ['recorded']);
  assert.deepEqual(table.problems, [{ source: 'recorded', reason: 'DatasetUnusable', message: 'found no night.csv' }]);
});
