/** Packs files into a layer of an image. The same files always give the same bytes. */
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { runProgram } from '../../processes/run-program.ts';

/** A layer of an image: a tar file and its digest. */
export interface Layer {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** The same content gives the same bytes, independent of user and time. */
const SAME_BYTES = [
  '--sort=name',
  '--mtime=@0',
  '--owner=0',
  '--group=0',
  '--numeric-owner',
  '--mode=u=rwX,go=rX',
  '--format=gnu',
] as const;

/** Packs `paths`, relative to `rootDir`. */
export async function packLayer(file: string, rootDir: string, paths: readonly string[], exclude: readonly string[] = []): Promise<Layer> {
  const excluded = exclude.map((path) => `--exclude=${path}`);
  await runProgram(['tar', '--create', `--file=${file}`, ...SAME_BYTES, ...excluded, `--directory=${rootDir}`, ...paths]);
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { file, sha256: hash.digest('hex'), bytes: statSync(file).size };
}
