/** Looks for a program of a sufficient version before {@link ./ensure-binaries.ts} builds it. */
import { execFile } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalSettings } from '../settings/settings.ts';
import type { Pinned } from './pinned.ts';
import { findVersion, isAccepted } from './version.ts';

export interface FoundBinary {
  readonly path: string;
  readonly from: 'FLOTILLA_BIN_DIR' | 'PATH' | 'cache';
}

const VERSION_TIMEOUT_MS = 5_000;

/** Looks where a program may already be: the folder that was set by hand, PATH (when new enough), the cache. */
export async function findBinary(
  binary: Pinned,
  settings: Pick<LocalSettings, 'binDir' | 'pathDirs' | 'cacheDir'>,
): Promise<FoundBinary | undefined> {
  const byHand = settings.binDir === undefined ? undefined : join(settings.binDir, binary.name);
  if (byHand !== undefined && isExecutable(byHand)) return { path: byHand, from: 'FLOTILLA_BIN_DIR' };
  const inPath = settings.pathDirs.map((folder) => join(folder, binary.name)).find(isExecutable);
  // A state folder's own `bin` may be in PATH: what counts is where its links lead.
  if (inPath !== undefined && (await isNewEnough(inPath, binary))) return { path: realpathSync(inPath), from: 'PATH' };
  const cached = cachedBinary(binary, settings.cacheDir);
  return isExecutable(cached) ? { path: cached, from: 'cache' } : undefined;
}

export function cachedBinary(binary: Pick<Pinned, 'cacheName'>, cacheDir: string): string {
  return join(cacheDir, 'bin', binary.cacheName);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function isNewEnough(path: string, binary: Pinned): Promise<boolean> {
  const found = findVersion(await versionText(path, binary.versionArgs));
  const wanted = findVersion(binary.version);
  return found !== undefined && wanted !== undefined && isAccepted(found, wanted, binary.accepts);
}

function versionText(path: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(path, [...args], { timeout: VERSION_TIMEOUT_MS }, (error, stdout, stderr) => resolve(error === null ? stdout + stderr : ''));
  });
}
