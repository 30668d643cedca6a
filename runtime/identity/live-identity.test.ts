import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connectAnewOnChange, openLiveIdentity } from './live-identity.ts';

interface Keys {
  readonly seed: string;
  readonly former?: string;
}

const folder = mkdtempSync(join(tmpdir(), 'flotilla-live-identity-'));
after(() => rmSync(folder, { recursive: true }));

function openAt(path: string, content: object) {
  let look = (): void => undefined;
  const errors: string[] = [];
  writeFileSync(path, JSON.stringify(content));
  const identity = openLiveIdentity<Keys>({
    path,
    fields: ['seed'],
    optionalFields: ['former'],
    clock: {
      after(_ms, callback) {
        look = callback;
        return () => undefined;
      },
    },
    logger: { info: () => undefined, error: (_fields: unknown, message?: string) => void errors.push(message ?? '') } as never,
  });
  return { identity, errors, look: () => look() };
}

test('openLiveIdentity: gives the present keys, and tells of a change once', () => {
  const path = join(folder, 'changes.json');
  const { identity, look } = openAt(path, { seed: 'one' });
  let changes = 0;
  identity.onChange(() => (changes += 1));
  const { keys } = identity;
  look();
  assert.deepEqual([keys.seed, keys.former, changes], ['one', undefined, 0]);
  writeFileSync(path, JSON.stringify({ seed: 'two', former: 'one' }));
  look();
  look();
  assert.deepEqual([keys.seed, keys.former, changes], ['two', 'one', 1]);
});

for (const [why, content] of [
  ['is half written', '{"seed":"tw'],
  ['lacks a key', '{"former":"one"}'],
] as const) {
  test(`openLiveIdentity: keeps the keys and says so once, when the file ${why}`, () => {
    const path = join(folder, 'broken.json');
    const { identity, errors, look } = openAt(path, { seed: 'one' });
    writeFileSync(path, content);
    look();
    look();
    assert.deepEqual([identity.keys.seed, errors.length], ['one', 1]);
    writeFileSync(path, JSON.stringify({ seed: 'two' }));
    look();
    assert.equal(identity.keys.seed, 'two');
  });
}

test('openLiveIdentity: refuses a file without its keys at the start', () => {
  assert.throws(() => openAt(join(folder, 'wrong.json'), { former: 'one' }), { code: 'CONFIG_INVALID' });
});

test('connectAnewOnChange: makes every connection anew, also when one cannot be made', async () => {
  let change = (): void => undefined;
  const warnings: unknown[] = [];
  let made = 0;
  connectAnewOnChange(
    { onChange: (callback) => void (change = callback) },
    [{ reconnect: () => Promise.reject(new Error('away')) }, { reconnect: () => Promise.resolve(void (made += 1)) }],
    { warn: (fields: unknown) => void warnings.push(fields) },
  );
  change();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([made, warnings.length], [1, 1]);
});
