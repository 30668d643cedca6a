import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { stateFolder, type StateFolder } from '../files/state-folder.ts';
import { ensureBusKeys } from './bus-keys.ts';

function givenFolder(context: TestContext): StateFolder {
  const root = mkdtempSync(join(tmpdir(), 'flotilla-bus-keys-'));
  context.after(() => rmSync(root, { recursive: true }));
  return stateFolder(root);
}

const giveStreams = ({ busDataDir }: StateFolder, account: string): void => {
  mkdirSync(join(busDataDir, 'jetstream', account, 'streams'), { recursive: true });
};

test('ensureBusKeys: makes the keys once, readable by their owner alone', (context) => {
  const folder = givenFolder(context);
  const keys = ensureBusKeys(folder, systemRng, 0);
  assert.equal(statSync(folder.busKeysFile).mode & 0o077, 0);
  assert.deepEqual(ensureBusKeys(folder, systemRng, 1), keys);
});

test('ensureBusKeys: keeps the keys, when the streams belong to them', (context) => {
  const folder = givenFolder(context);
  const keys = ensureBusKeys(folder, systemRng, 0);
  giveStreams(folder, keys.operator.core);
  assert.deepEqual(ensureBusKeys(folder, systemRng, 1), keys);
});

test('ensureBusKeys: refuses streams of an earlier version, says what forgets them, and writes nothing', (context) => {
  const folder = givenFolder(context);
  giveStreams(folder, 'TRADING');
  assert.throws(() => ensureBusKeys(folder, systemRng, 0), /streams of the account TRADING, .*no keys of the bus[^]*"make clean" forgets/);
  assert.ok(!existsSync(folder.busKeysFile));
});

test('ensureBusKeys: refuses streams of other keys', (context) => {
  const folder = givenFolder(context);
  ensureBusKeys(folder, systemRng, 0);
  giveStreams(folder, 'AANOTHER');
  assert.throws(() => ensureBusKeys(folder, systemRng, 1), /streams of the account AANOTHER, .*the keys of another bus/);
});
