/** Builds one pinned Go program for {@link ./ensure-binaries.ts}. */
import { spawn } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Pinned } from './pinned.ts';

const STDERR_CHARACTERS_MAX = 4_000;

/**
 * Builds a program from the pinned Go modules and puts it at `target` in one step.
 *
 * @throws FlotillaError TOOL_MISSING when Go is missing or the build fails.
 */
export async function buildBinary(binary: Pinned, target: string, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  mkdirSync(dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}.new`;
  try {
    await run(
      'go',
      ['build', '-trimpath', '-buildvcs=false', '-ldflags', binary.linkerFlags, '-o', temporary, binary.goPackage],
      binary.moduleDir,
      {
        ...env,
        CGO_ENABLED: '0',
        // The toolchain that is there, or the one go.mod names.
        GOTOOLCHAIN: env['GOTOOLCHAIN'] ?? 'auto',
      },
    );
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function run(command: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (chunk: string) => (said = (said + chunk).slice(-STDERR_CHARACTERS_MAX)));
    child.on('error', (cause) => reject(goMissing(cause)));
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new FlotillaError('TOOL_MISSING', `${command} ${args.join(' ')} ended with ${code}:\n${said}`)),
    );
  });
}

function goMissing(cause: unknown): FlotillaError {
  return new FlotillaError(
    'TOOL_MISSING',
    'expected Go 1.26 or newer in PATH, to build the programs of the local cluster from their pinned modules; found none. ' +
      'Install it (https://go.dev/doc/install), or put the programs into PATH yourself.',
    { cause },
  );
}
