import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { busSettings, commonSettings, loadConfig, storeSettings, tracingSettings } from './config.ts';

const schema = z.object({
  ...commonSettings(8_004),
  ...tracingSettings,
  ...busSettings,
  ...storeSettings,
  REDIS_PASSWORD: z.string().optional(),
  FLOTILLA_PORTFOLIO: z.string().regex(/^[a-z]+$/),
});
const good = {
  NATS_URL: 'nats://127.0.0.1:4222',
  REDIS_URL: 'redis://127.0.0.1:6379',
  FLOTILLA_STORE_LOGIN_DIR: '/store',
  FLOTILLA_PORTFOLIO: 'main',
};
const folder = mkdtempSync(join(tmpdir(), 'flotilla-config-'));
after(() => rmSync(folder, { recursive: true }));

function messageOf(environment: Record<string, string>): string {
  try {
    loadConfig('exec', schema, environment);
  } catch (error) {
    assert.ok(error instanceof FlotillaError && error.code === 'CONFIG_INVALID');
    return error.message;
  }
  throw new Error('expected a refusal');
}

test('loadConfig: fills in defaults, when only the required settings are set', () => {
  const config = loadConfig('exec', schema, { ...good, UNRELATED: 'x' });
  assert.equal(config.PORT, 8_004);
  assert.equal(config.HOST, '127.0.0.1');
  assert.equal(config.FLOTILLA_REVISION, 'dev');
  assert.equal(config.LOG_LEVEL, 'info');
  assert.ok(config.POD_NAME.length > 0);
  assert.equal(config.OTEL_EXPORTER_OTLP_ENDPOINT, undefined);
});

test('loadConfig: gives the empty address, which stands for every address, when HOST is a star', () => {
  assert.equal(loadConfig('exec', schema, { ...good, HOST: '*' }).HOST, '');
});

test('loadConfig: names every missing and bad setting in one message, when several are wrong', () => {
  const message = messageOf({ PORT: '70000', NATS_URL: 'http://x', LOG_LEVEL: 'loud', FLOTILLA_PORTFOLIO: '' });
  for (const name of ['PORT', 'NATS_URL', 'LOG_LEVEL', 'FLOTILLA_PORTFOLIO', 'REDIS_URL'])
    assert.match(message, new RegExp(`^  ${name}: `, 'm'));
  assert.match(message, /^exec cannot start: 6 invalid settings:/);
  assert.match(message, /REDIS_URL: missing/);
  assert.match(message, /FLOTILLA_PORTFOLIO: missing/);
});

test('loadConfig: never prints a value, when it refuses one', () => {
  const secret = 'hunter2-very-secret';
  const message = messageOf({ ...good, NATS_URL: secret, PORT: secret, FLOTILLA_PORTFOLIO: secret, LOG_LEVEL: secret });
  assert.ok(!message.includes(secret), message);
});

test('loadConfig: reads a setting from its file without the last newline, when X_FILE names one', () => {
  const path = join(folder, 'password');
  writeFileSync(path, 'from-file\n');
  assert.equal(loadConfig('exec', schema, { ...good, REDIS_PASSWORD_FILE: path }).REDIS_PASSWORD, 'from-file');
  assert.equal(loadConfig('exec', schema, { ...good, REDIS_PASSWORD_FILE: path, REDIS_PASSWORD: 'direct' }).REDIS_PASSWORD, 'direct');
});

test('loadConfig: refuses a file that is not UTF-8 and repeats none of its bytes, because decoding would change the password', () => {
  const path = join(folder, 'binary');
  writeFileSync(path, Buffer.from([0x70, 0x77, 0xff, 0x80, 0x64]));
  const message = messageOf({ ...good, REDIS_PASSWORD_FILE: path });
  assert.match(message, /REDIS_PASSWORD: expected UTF-8 text in the file named by REDIS_PASSWORD_FILE, found 5 bytes that are not$/);
  writeFileSync(path, 'schlüssel\n');
  assert.equal(loadConfig('exec', schema, { ...good, REDIS_PASSWORD_FILE: path }).REDIS_PASSWORD, 'schlüssel');
});

test('loadConfig: names a file that cannot be read or is empty, even when the setting is optional', () => {
  const empty = join(folder, 'empty');
  writeFileSync(empty, '\n');
  assert.match(
    messageOf({ ...good, REDIS_PASSWORD_FILE: join(folder, 'absent') }),
    /REDIS_PASSWORD: .*REDIS_PASSWORD_FILE cannot be read \(ENOENT\)/,
  );
  assert.match(messageOf({ ...good, REDIS_PASSWORD_FILE: empty }), /REDIS_PASSWORD: .*REDIS_PASSWORD_FILE is empty/);
});
