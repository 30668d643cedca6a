/** Holds a lock on a file, so that two commands do not change the same cluster at the same time. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';

/** Of util-linux; on every Linux. */
const LOCK_PROGRAM = 'flock';

/**
 * Holds an exclusive lock on a file while `run` runs. The kernel holds it for util-linux's `flock`, which ends with our end of its input:
 * however this process dies, the lock is free again.
 *
 * @param onWait called when somebody else holds the lock, before waiting for it.
 */
export async function withFileLock<T>(path: string, onWait: () => void, run: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const release = (await acquire(path, ['--nonblock'])) ?? (onWait(), await acquire(path, []));
  if (release === undefined) throw new FlotillaError('TOOL_MISSING', `no lock on ${path}`);
  try {
    return await run();
  } finally {
    release();
  }
}

/** Undefined when `flock` ended without the lock. */
function acquire(path: string, options: readonly string[]): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    const holder = spawn(LOCK_PROGRAM, [...options, path, 'sh', '-c', 'echo locked; cat >/dev/null'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    holder.on('error', (cause) =>
      reject(new FlotillaError('TOOL_MISSING', 'expected the program flock (package util-linux), found none', { cause })),
    );
    holder.stdout.once('data', () => resolve(() => holder.stdin.end()));
    holder.on('exit', () => resolve(undefined));
  });
}
