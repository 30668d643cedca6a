import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { formatCreds } from '../testing/format-creds.ts';
import { loginOfSettings, normaliserLoginOfSettings, tokenFileLogin, tokenLogin } from './login.ts';
import { makeKeyPair } from './nkey.ts';

const folder = mkdtempSync(join(tmpdir(), 'flotilla-login-'));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function refusalOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof FlotillaError && error.code === 'CONFIG_INVALID', String(error));
    return error.message;
  }
  throw new Error('expected a refusal');
}

test('loginOfSettings: reads the token again for each connection, because the kubelet renews the file', () => {
  const path = write('token', 'first\n');
  const login = loginOfSettings({ NATS_TOKEN_FILE: path });
  assert.deepEqual(login?.('nonce'), { auth_token: 'first' });
  write('token', 'second');
  assert.deepEqual(login?.('nonce'), { auth_token: 'second' });
});

test('loginOfSettings: shows the claims of the creds file, and signs the nonce', () => {
  const key = makeKeyPair('user', randomBytes(32));
  const path = write('user.creds', formatCreds({ jwt: 'the.claims.text', seed: key.seed }));
  const login = loginOfSettings({ NATS_CREDS_FILE: path });
  assert.deepEqual(login?.('nonce'), {
    jwt: 'the.claims.text',
    nkey: key.publicKey,
    sig: key.sign(Buffer.from('nonce')).toString('base64url'),
  });
});

test('loginOfSettings: gives none, when the settings name no file', () => {
  assert.equal(loginOfSettings({}), undefined);
});

test('loginOfSettings: refuses and names the settings and no secret, when a file cannot serve', () => {
  const { seed } = makeKeyPair('user', randomBytes(32));
  const [token, creds] = [write('token', 'secret-token'), write('seed', seed)];
  assert.match(
    refusalOf(() => loginOfSettings({ NATS_TOKEN_FILE: token, NATS_CREDS_FILE: creds })),
    /NATS_TOKEN_FILE or NATS_CREDS_FILE, found both/,
  );
  assert.match(
    refusalOf(() => loginOfSettings({ NATS_CREDS_FILE: join(folder, 'absent') })),
    /^NATS_CREDS_FILE: .*ENOENT/,
  );
  const message = refusalOf(() => loginOfSettings({ NATS_CREDS_FILE: creds }));
  assert.ok(!message.includes(seed.slice(0, 8)), message);
  assert.match(
    refusalOf(() => loginOfSettings({ NATS_TOKEN_FILE: join(folder, 'absent') })),
    /^NATS_TOKEN_FILE: .*ENOENT/,
  );
});

test('normaliserLoginOfSettings: shows the token of its own file, gives none without a setting, and names its own settings in a refusal', () => {
  const path = write('normaliser', 'of the normaliser\n');
  assert.deepEqual(normaliserLoginOfSettings({ NATS_NORMALISER_TOKEN_FILE: path })?.('nonce'), { auth_token: 'of the normaliser' });
  assert.equal(normaliserLoginOfSettings({}), undefined);
  assert.match(
    refusalOf(() => normaliserLoginOfSettings({ NATS_NORMALISER_TOKEN_FILE: path, NATS_NORMALISER_CREDS_FILE: path })),
    /NATS_NORMALISER_TOKEN_FILE or NATS_NORMALISER_CREDS_FILE, found both/,
  );
  assert.match(
    refusalOf(() => normaliserLoginOfSettings({ NATS_NORMALISER_TOKEN_FILE: join(folder, 'absent') })),
    /^NATS_NORMALISER_TOKEN_FILE: .*ENOENT/,
  );
});

test('tokenFileLogin: shows no token while the file cannot be read, because a login that throws would end the client', () => {
  const path = write('renewed', 'first');
  const login = tokenFileLogin(path);
  assert.deepEqual(login('nonce'), { auth_token: 'first' });
  rmSync(path);
  assert.deepEqual(login('nonce'), { auth_token: '' });
  write('renewed', 'second');
  assert.deepEqual(login('nonce'), { auth_token: 'second' });
});

test('tokenLogin: shows the token', () => {
  assert.deepEqual(tokenLogin('a.b.c')('nonce'), { auth_token: 'a.b.c' });
});
