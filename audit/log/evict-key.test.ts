import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { evictSigningKey, type KeyPlaces, requireOutside } from './evict-key.ts';
import { FILES } from './format.ts';
import { formatVerifierKey } from './signed-note.ts';
import { defaultKeyFile, loadSigningKey } from './signing-key.ts';

const ORIGIN = 'flotilla.dev/audit';
const parent = await mkdtemp(join(tmpdir(), 'flotilla-key-'));
after(() => rm(parent, { recursive: true, force: true }));
let folder: string;
let places: KeyPlaces;
let count = 0;
beforeEach(async () => {
  folder = join(parent, `log-${(count += 1)}`);
  await mkdir(folder);
  places = { folder, keyFile: defaultKeyFile(folder), origin: ORIGIN };
});

/** Makes the key as versions before did, and gives its verifier key. */
const keyInFolder = async (): Promise<string> =>
  formatVerifierKey((await loadSigningKey(join(folder, 'signing-key.pem'), ORIGIN)).verifier);
const keyInPlace = async (): Promise<string> => formatVerifierKey((await loadSigningKey(places.keyFile, ORIGIN)).verifier);

test('evictSigningKey: moves the key to its own place with the rights of its owner alone, when an older version left it in the folder', async () => {
  const before = await keyInFolder();
  await writeFile(join(folder, 'signing-key.pem.new'), 'the draft of a key');
  assert.equal(await evictSigningKey(places), 'MOVED');
  assert.deepEqual(await readdir(folder), []);
  assert.equal(await keyInPlace(), before);
  assert.equal((await stat(places.keyFile)).mode & 0o777, 0o600);
  assert.equal((await stat(dirname(places.keyFile))).mode & 0o777, 0o700);
  assert.equal(await evictSigningKey(places), 'NONE');
});

test('evictSigningKey: moves the key byte for byte, when a comment in the file is not UTF-8', async () => {
  const before = await keyInFolder();
  const bytes = Buffer.concat([Buffer.from([0xfc, 0xff, 0x80, 0x0a]), await readFile(join(folder, 'signing-key.pem'))]);
  await writeFile(join(folder, 'signing-key.pem'), bytes);
  assert.equal(await evictSigningKey(places), 'MOVED');
  assert.deepEqual(await readFile(places.keyFile), bytes);
  assert.equal(await keyInPlace(), before);
});

test('loadSigningKey: names the form of key that it expects and repeats no byte of the file, when the file holds other bytes', async () => {
  const bytes = Buffer.from([0x00, 0xff, 0x80, ...Buffer.from('hunter2 secret'), 0x0a]);
  await mkdir(dirname(places.keyFile));
  await writeFile(places.keyFile, bytes);
  await assert.rejects(loadSigningKey(places.keyFile, ORIGIN), (error: Error) => {
    assert.match(error.message, /expected an Ed25519 private key \(PKCS #8, PEM\) in .*, found something else/);
    assert.ok(!`${error.message} ${String(error.cause)}`.includes('hunter2'));
    return true;
  });
});

test('evictSigningKey: only removes the key of the folder, when a crash came after the key was copied', async () => {
  const before = await keyInFolder();
  await mkdir(dirname(places.keyFile));
  await writeFile(places.keyFile, await readFile(join(folder, 'signing-key.pem')));
  assert.equal(await evictSigningKey(places), 'MOVED');
  assert.deepEqual([await readdir(folder), await keyInPlace()], [[], before]);
});

test('evictSigningKey: refuses and touches neither key, when the log is signed with the key of the folder and the key file is another', async () => {
  await writeFile(join(folder, FILES.publicKey), `${await keyInFolder()}\n`);
  const other = await keyInPlace();
  await assert.rejects(evictSigningKey(places), { code: 'CONFIG_INVALID', message: /holds another key: store the contents of/ });
  assert.equal(await keyInPlace(), other);
  assert.ok((await readdir(folder)).includes('signing-key.pem'));
});

test('evictSigningKey: leaves a key that does not sign this log, and says so', async () => {
  await keyInFolder();
  await writeFile(join(folder, FILES.publicKey), `${await keyInPlace()}\n`);
  assert.equal(await evictSigningKey(places), 'FOREIGN');
});

test('evictSigningKey: keeps the key and says what to do, when the key file cannot be written', async () => {
  await keyInFolder();
  await writeFile(join(parent, 'a-file'), '');
  const blocked = { ...places, keyFile: join(parent, 'a-file', 'signing-key.pem') };
  await assert.rejects(evictSigningKey(blocked));
  assert.ok((await readdir(folder)).includes('signing-key.pem'));
});

test('evictSigningKey: refuses a key file in the folder, and moves no key there', async () => {
  const before = await keyInFolder();
  const inside = { ...places, keyFile: join(folder, 'keys', 'key.pem') };
  await assert.rejects(evictSigningKey(inside), { code: 'CONFIG_INVALID', message: /^FLOTILLA_AUDIT_KEY_FILE: / });
  assert.deepEqual(await readdir(folder), ['signing-key.pem']);
  assert.equal(await keyInFolder(), before);
});

test('requireOutside: refuses a file in the folder, also in a deeper one and by way of a link', async () => {
  await symlink(folder, join(parent, `link-${count}`));
  const inside = [
    join(folder, 'key.pem'),
    join(folder, 'a', 'b', 'key.pem'),
    join(parent, `link-${count}`, 'key.pem'),
    join(folder, '..key'),
  ];
  for (const file of inside)
    await assert.rejects(requireOutside(folder, file, 'SETTING'), { code: 'CONFIG_INVALID', message: /^SETTING: / }, file);
  for (const file of [`${folder}-key/key.pem`, join(parent, 'key.pem')]) await requireOutside(folder, file, 'SETTING');
});
