/** The log's Ed25519 key: read from its file, or made there on the first start. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FlotillaError } from '@flotilla/contracts';
import { makeSigner, type NoteSigner } from './signed-note.ts';

const OWNER_ONLY = 0o600;

/**
 * @throws FlotillaError `CONFIG_INVALID` when the file holds no Ed25519 private key in PEM form.
 */
export async function loadSigningKey(file: string, origin: string): Promise<NoteSigner> {
  const pem = (await readIfThere(file)) ?? (await createKeyFile(file));
  try {
    const privateKey = createPrivateKey(pem);
    if (privateKey.asymmetricKeyType === 'ed25519') return makeSigner(origin, privateKey);
  } catch (cause) {
    throw new FlotillaError('CONFIG_INVALID', `expected an Ed25519 private key (PKCS #8, PEM) in ${file}, found something else`, { cause });
  }
  throw new FlotillaError('CONFIG_INVALID', `expected an Ed25519 private key in ${file}, found a key of another kind`);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}

async function createKeyFile(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
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
  return pem;
}
