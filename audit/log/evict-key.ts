/** Keeps private keys out of the folder that one hands to an auditor: moves a key that an older version left there to its own place. */
import { realpath, unlink } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { FlotillaError } from '@flotilla/contracts';
import { readSmallFile, syncFolder } from './files.ts';
import { FILES } from './format.ts';
import { formatVerifierKey } from './signed-note.ts';
import { KEY_FILE, parseSigningKey, readKeyFile, writeKeyFile } from './signing-key.ts';

export interface KeyPlaces {
  readonly folder: string;
  readonly keyFile: string;
  readonly origin: string;
}

/**
 * `NONE`: the folder holds no private key. `MOVED`: the folder's key is now in the key file, and in no other place. `FOREIGN`: the folder holds a
 * private key that does not sign this log, and it stays where it is.
 */
export type Eviction = 'NONE' | 'MOVED' | 'FOREIGN';

/** @throws FlotillaError `CONFIG_INVALID` when the folder's key signs the log and cannot be moved to the key file. */
export async function evictSigningKey({ folder, keyFile, origin }: KeyPlaces): Promise<Eviction> {
  await requireOutside(folder, keyFile, 'FLOTILLA_AUDIT_KEY_FILE');
  const inFolder = join(folder, KEY_FILE);
  await removeDraft(`${inFolder}.new`);
  const ours = await readKeyFile(inFolder);
  if (ours === undefined) return 'NONE';
  const theirs = await readKeyFile(keyFile);
  const keyOf = (pem: Buffer, file: string): string => `${formatVerifierKey(parseSigningKey(pem, file, origin).verifier)}\n`;
  if (theirs === undefined) await moveTo(keyFile, ours, inFolder);
  else if (keyOf(theirs, keyFile) !== keyOf(ours, inFolder)) {
    const ofLog = await readSmallFile(join(folder, FILES.publicKey));
    if (ofLog !== keyOf(ours, inFolder)) return 'FOREIGN';
    throw new FlotillaError(
      'CONFIG_INVALID',
      `the log is signed with the key in ${inFolder}, but FLOTILLA_AUDIT_KEY_FILE ${keyFile} holds another key: ` +
        `store the contents of ${inFolder} in ${keyFile} (or in the Secret that is mounted there), then start again`,
    );
  }
  await unlink(inFolder);
  await syncFolder(folder);
  return 'MOVED';
}

/** @throws FlotillaError `CONFIG_INVALID` when `file` lies in `folder`, also by way of a symbolic link. */
export async function requireOutside(folder: string, file: string, setting: string): Promise<void> {
  const inside = relative(await realPlace(folder), await realPlace(file));
  if (inside === '..' || inside.startsWith(`..${sep}`)) return;
  throw new FlotillaError(
    'CONFIG_INVALID',
    `${setting}: expected a file outside of the log's folder ${folder}, found ${file}, which an auditor would get together with the folder`,
  );
}

/** The path with the symbolic links of all its existing folders resolved. */
async function realPlace(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch (cause) {
    const parent = dirname(absolute);
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT' || parent === absolute) throw cause;
    return join(await realPlace(parent), relative(parent, absolute));
  }
}

async function moveTo(keyFile: string, pem: Buffer, inFolder: string): Promise<void> {
  try {
    await writeKeyFile(keyFile, pem);
  } catch (cause) {
    throw new FlotillaError(
      'CONFIG_INVALID',
      `the private key ${inFolder} lies beside the log and cannot be moved to ${keyFile}: make that folder writable, or set FLOTILLA_AUDIT_KEY_FILE`,
      { cause },
    );
  }
}

/** A crash of an older version within its first start left the draft of a key. */
async function removeDraft(file: string): Promise<void> {
  if ((await readKeyFile(file)) !== undefined) await unlink(file);
}
