import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { GatewaySource } from '@flotilla/contracts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { makeSurveyBook } from '../datasets/survey-book.ts';
import { nextSecretFileOf } from './make-source-table.ts';
import { readSources } from './read-sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'flotilla-sources-'));
after(() => rmSync(folder, { recursive: true }));

const COMMON = { venue: 'COINBASE', instruments: ['BTC-USD'], ratePerSecond: 10, burst: 10 };
const SOURCES: readonly GatewaySource[] = [
  { ...COMMON, name: 'alerts', scheme: 'Hmac', secretFile: 'secret' },
  { ...COMMON, name: 'tv', scheme: 'TradingView', secretFile: 'secret', sourceAddresses: [], freshnessMs: 60_000 },
];

async function read(secret: Uint8Array) {
  writeFileSync(join(folder, 'secret'), secret);
  writeFileSync(join(folder, 'sources.json'), JSON.stringify({ schemaVersion: 1, sources: SOURCES }));
  const { table, fingerprint } = await readSources(join(folder, 'sources.json'), { dataFolder: folder, surveys: makeSurveyBook() });
  const secrets = [...table.sources.values()].map((source) => ('secret' in source ? Buffer.from(source.secret) : undefined));
  return { secrets, problems: table.problems, fingerprint };
}

const binary = (...last: readonly number[]): Buffer => Buffer.from([0x00, 0xff, 0x80, ...Buffer.alloc(13 - last.length, 0xfe), ...last]);

for (const { why, secret } of [
  { why: 'is not UTF-8', secret: binary() },
  { why: 'is not UTF-8 and ends in LF', secret: binary(0x0a) },
  { why: 'is not UTF-8 and ends in CR and LF', secret: binary(0x0d, 0x0a) },
]) {
  test(`readSources: gives the secret of a source byte for byte, when a secret of the least length ${why}`, async () => {
    const { secrets, problems } = await read(secret);
    assert.deepEqual([secrets, problems], [[secret, secret], []]);
  });
}

test('readSources: leaves the line end of a text secret out, and does not count it', async () => {
  const text = Buffer.from('0123456789abcdef');
  assert.deepEqual((await read(Buffer.from(`${text.toString()}\n`))).secrets, [text, text]);
  const short = await read(Buffer.from('0123456789abcde\n'));
  assert.deepEqual(short.secrets, []);
  assert.match(short.problems[0]?.message ?? '', /at least 16 bytes, found 15/);
});

test('readSources: holds no byte of a short secret in what it says, as text, hexadecimal or base64', async () => {
  const secret = Buffer.from([0xde, 0xad, 0xbe, 0xef, 0xfe]);
  const { secrets, problems } = await read(secret);
  assert.deepEqual(secrets, []);
  for (const form of ['utf8', 'latin1', 'hex', 'base64'] as const)
    assert.ok(!JSON.stringify(problems).includes(secret.toString(form)), form);
});

test('readSources: notices a change of one byte that no text shows', async () => {
  const one = await read(binary(0x80));
  const other = await read(binary(0x81));
  assert.equal(one.secrets[0]?.toString('utf8'), other.secrets[0]?.toString('utf8'));
  assert.notEqual(one.fingerprint, other.fingerprint);
});

test('readSources: accepts the next secret, when the kubelet swaps the files between the two reads', async () => {
  const [former, next] = [Buffer.from('the former secret'), Buffer.from('the next secret.')];
  const [source] = SOURCES;
  assert.ok(source !== undefined && source.scheme !== 'Replay');
  const swapped = join(folder, 'swapped');
  mkdirSync(swapped);
  const [present, following] = [join(swapped, 'secret'), join(swapped, nextSecretFileOf(source))];
  // A pipe holds the read of the present secret, until the test goes on.
  assert.equal(spawnSync('mkfifo', [present]).status, 0);
  writeFileSync(following, next);
  writeFileSync(join(swapped, 'sources.json'), JSON.stringify({ schemaVersion: 1, sources: [source] }));
  const reading = readSources(join(swapped, 'sources.json'), { dataFolder: swapped, surveys: makeSurveyBook() });
  const pipe = await eventually('the present secret is being read', () => openSync(present, constants.O_WRONLY | constants.O_NONBLOCK));
  rmSync(following);
  writeSync(pipe, former);
  closeSync(pipe);
  const live = (await reading).table.sources.get(source.name);
  assert.ok(live !== undefined && 'nextSecret' in live);
  assert.deepEqual(live.nextSecret === undefined ? undefined : Buffer.from(live.nextSecret), next);
});
