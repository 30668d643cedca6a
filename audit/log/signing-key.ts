/** Loads the log's Ed25519 key for the audit service, and makes the key on the first start. The key never lies in the folder of the log. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FlotillaError } from '@flotilla/contracts';
import { syncFolder } from './files.ts';
import { makeSigner, type NoteSigner } from './signed-note.ts';

const OWNER_ONLY = 0o600;
export const KEY_FILE = 'signing-key.pem';

/** The key file of a log without a setting for it: in a folder beside the log's, so that a copy of the log's folder holds no private key. */
export function defaultKeyFile(logFolder: string): string {
  const folder = resolve(logFolder);
  return join(dirname(folder), `${basename(folder)}-key`, KEY_FILE);
}

/**
 * Reads the key, or makes the file with a new key.
 *
 * @throws FlotillaError `CONFIG_INVALID` when the file holds no Ed25519 private key in PEM form.
 */
export async function loadSigningKey(file: string, origin: string): Promise<NoteSigner> {
  const pem = (await readKeyFile(file)) ?? (await writeKeyFile(file, makeKeyPem()));
  return parseSigningKey(pem, file, origin);
}

/** @throws FlotillaError `CONFIG_INVALID`. */
export function parseSigningKey(pem: Buffer, file: string, origin: string): NoteSigner {
  try {
    const privateKey = createPrivateKey(pem);
    if (privateKey.asymmetricKeyType === 'ed25519') return makeSigner(origin, privateKey);
  } catch (cause) {
    throw new FlotillaError('CONFIG_INVALID', `expected an Ed25519 private key (PKCS #8, PEM) in ${file}, found something else`, { cause });
  }
  throw new FlotillaError('CONFIG_INVALID', `expected an Ed25519 private key in ${file}, found a key of another kind`);
}

/** Bytes, or undefined when the file does not exist. */
export async function readKeyFile(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}

/** Creates the file durably, for its owner alone. @throws Error of the file system, `EEXIST` when the file exists. */
export async function writeKeyFile(file: string, pem: Buffer): Promise<Buffer> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.new`;
  const handle = await open(draft, 'w', OWNER_ONLY);
  try {
    await handle.chmod(OWNER_ONLY);
    await handle.writeFile(pem);
    await handle.sync();
  } finally {
    await handle.close();
  }
  // A link appears whole or not at all, and fails when another first start was quicker: no key is ever half written or overwritten.
  await link(draft, file);
  await unlink(draft);
  await syncFolder(dirname(file));
  return pem;
}

function makeKeyPem(): Buffer {
  return Buffer.from(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
}
