import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { systemRng } from '../rng.ts';
import { CALLOUT_IDENTITY_FIELDS, type CalloutIdentity, makeBusKeys, OPERATOR_IDENTITY_FIELDS, type OperatorIdentity } from './bus-keys.ts';
import { readIdentityFile } from './identity-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'flotilla-identity-'));
after(() => rmSync(folder, { recursive: true }));
const keys = makeBusKeys(systemRng, 1_700_000_000_000);

function write(text: string): string {
  const path = join(folder, 'identity.json');
  writeFileSync(path, text);
  return path;
}

test('readIdentityFile: gives the keys of operator and callout, when the file is theirs', () => {
  assert.deepEqual(readIdentityFile<OperatorIdentity>(write(JSON.stringify(keys.operator)), OPERATOR_IDENTITY_FIELDS), keys.operator);
  assert.deepEqual(readIdentityFile<CalloutIdentity>(write(JSON.stringify(keys.callout)), CALLOUT_IDENTITY_FIELDS), keys.callout);
});

test('readIdentityFile: refuses, names the setting and the missing fields, and repeats no secret', () => {
  const { claimsSeed } = keys.operator;
  const cases = [
    { path: join(folder, 'absent'), expected: /^FLOTILLA_BUS_IDENTITY_FILE: .*ENOENT/ },
    { path: () => write(claimsSeed), expected: /without claimsSeed, accountSecret/ },
    { path: () => write(`["${claimsSeed}"]`), expected: /without claimsSeed, accountSecret/ },
    { path: () => write(JSON.stringify({ claimsSeed })), expected: /found a file without accountSecret, core,/ },
    { path: () => write(JSON.stringify(keys.callout)), expected: /without claimsSeed/ },
  ];
  for (const { path, expected } of cases) {
    assert.throws(
      () => readIdentityFile<OperatorIdentity>(typeof path === 'string' ? path : path(), OPERATOR_IDENTITY_FIELDS),
      (error) => {
        assert.ok(error instanceof FlotillaError && error.code === 'CONFIG_INVALID');
        assert.match(error.message, expected);
        assert.ok(!error.message.includes(claimsSeed.slice(0, 8)), error.message);
        return true;
      },
    );
  }
});
