/** Writes the files of a ConfigMap, Secret or projected volume in one step, as the kubelet does. */
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { ContainerBlocked } from './object-source.ts';
import type { VolumeContent } from './volume-content.ts';

const CURRENT = '..data';
const GENERATION = /^\.\.generation-(\d+)$/;

/**
 * Makes a folder hold exactly these files, all at once: as in the kubelet, `..data` points at a generation and every name points into
 * `..data`, so that a reader sees the old files or the new ones. Files are for the owner only. True when something changed.
 */
export function writeVolumeContent(folder: string, content: VolumeContent): boolean {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const path of content.keys()) {
    if (isAbsolute(path) || normalize(path).startsWith('..'))
      throw new ContainerBlocked('ContainerCreating', `file ${path} leaves its volume`);
  }
  const current = linkTarget(join(folder, CURRENT));
  if (current !== undefined && isSame(join(folder, current), content)) return false;
  const generation = `..generation-${generationNumber(current) + 1}`;
  const target = join(folder, generation);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { mode: 0o700 });
  for (const [path, bytes] of content) {
    mkdirSync(dirname(join(target, path)), { recursive: true, mode: 0o700 });
    writeFileSync(join(target, path), bytes, { mode: 0o600 });
  }
  symlinkSync(generation, join(folder, `${CURRENT}-new`));
  renameSync(join(folder, `${CURRENT}-new`), join(folder, CURRENT));
  linkNames(folder, new Set([...content.keys()].map(firstSegment)));
  if (current !== undefined) rmSync(join(folder, current), { recursive: true, force: true });
  return true;
}

function linkNames(folder: string, names: ReadonlySet<string>): void {
  for (const name of names) if (linkTarget(join(folder, name)) === undefined) symlinkSync(join(CURRENT, name), join(folder, name));
  for (const name of readdirSync(folder)) {
    const ours = linkTarget(join(folder, name)) === join(CURRENT, name);
    if (ours && !names.has(name)) rmSync(join(folder, name), { force: true });
  }
}

function isSame(folder: string, content: VolumeContent): boolean {
  if (!existsSync(folder)) return false;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  if (files.length !== content.size) return false;
  for (const [path, bytes] of content) {
    const file = join(folder, path);
    if (!existsSync(file) || Buffer.compare(readFileSync(file), bytes) !== 0) return false;
  }
  return true;
}

function generationNumber(name: string | undefined): number {
  return Number(GENERATION.exec(name ?? '')?.[1] ?? '0');
}

function firstSegment(path: string): string {
  return normalize(path).split('/')[0] ?? path;
}

function linkTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
