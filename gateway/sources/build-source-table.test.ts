import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GatewaySource } from '@flotilla/contracts';
import { buildSourceTable, parseSourcesFile, type SecretFound } from './build-source-table.ts';

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
const SECRET: SecretFound = { ok: true, secret: Buffer.from('0123456789abcdef') };

test('buildSourceTable: takes a source whose secret is there', () => {
  const table = buildSourceTable([HMAC, TRADING_VIEW], () => SECRET);
  assert.deepEqual([...table.sources.keys()], ['alerts', 'tv']);
  assert.deepEqual(table.problems, []);
});

const LEFT_OUT = [
  { why: 'its secret is not there', source: HMAC, secret: { ok: false, reason: 'cannot be read (ENOENT)' } as SecretFound, says: /ENOENT/ },
  {
    why: 'its secret is short',
    source: HMAC,
    secret: { ok: true, secret: Buffer.from('short') } as SecretFound,
    says: /16 bytes, found 5/,
  },
  { why: 'an address is none', source: { ...TRADING_VIEW, sourceAddresses: ['somewhere'] }, secret: SECRET, says: /somewhere/ },
];

for (const { why, source, secret, says } of LEFT_OUT) {
  test(`buildSourceTable: leaves out one source, and only that, when ${why}`, () => {
    const other: GatewaySource = { ...HMAC, name: 'other', secretFile: 'other/secret' };
    const table = buildSourceTable([source, other], (file) => (file === other.secretFile ? SECRET : secret));
    assert.deepEqual([...table.sources.keys()], ['other']);
    assert.equal(table.problems.length, 1);
    assert.match(table.problems[0] ?? '', says);
    assert.match(table.problems[0] ?? '', new RegExp(`source ${source.name}`));
  });
}

test('parseSourcesFile: refuses what is no JSON, of another shape, or names a source twice', () => {
  assert.deepEqual(parseSourcesFile(JSON.stringify({ schemaVersion: 1, sources: [HMAC] })), [HMAC]);
  assert.throws(() => parseSourcesFile('{'), { code: 'CONFIG_INVALID' });
  assert.throws(() => parseSourcesFile('{"schemaVersion":1,"sources":[{"name":"x"}]}'), /sources\.0/);
  assert.throws(() => parseSourcesFile(JSON.stringify({ schemaVersion: 1, sources: [HMAC, HMAC] })), /alerts twice/);
});
