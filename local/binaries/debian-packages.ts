/** Finds programs that come from Debian packages, and installs missing ones when this user may. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import { withFileLock } from '../processes/file-lock.ts';
import { tryProgram } from '../processes/run-program.ts';
import { formatSeconds, type Log } from '../print/progress.ts';
import { isExecutable } from './find-binary.ts';

/** A program and the Debian package that brings it. */
export interface PackagedProgram {
  readonly program: string;
  readonly package: string;
}

export interface PackageOptions {
  readonly pathDirs: readonly string[];
  readonly cacheDir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Where Debian puts programs; not always in a user's PATH. */
const PLACES = ['/usr/local/bin', '/usr/bin', '/usr/local/sbin', '/usr/sbin', '/sbin'];

export function findProgram(program: string, pathDirs: readonly string[]): string | undefined {
  return [...pathDirs, ...PLACES].map((folder) => join(folder, program)).find((path) => isExecutable(path));
}

/**
 * Paths of programs that come from Debian, by name; what is nowhere is installed, if we may.
 *
 * @throws FlotillaError TOOL_MISSING that says which and how to get them.
 */
export async function ensurePackagedPrograms<P extends string>(
  wanted: readonly (PackagedProgram & { readonly program: P })[],
  options: PackageOptions,
): Promise<Readonly<Record<P, string>>> {
  const missing = (): readonly PackagedProgram[] => wanted.filter(({ program }) => findProgram(program, options.pathDirs) === undefined);
  if (missing().length > 0) {
    const wait = (): void => options.log('  another command installs packages, waiting');
    await withFileLock(join(options.cacheDir, 'packages.lock'), wait, async () => {
      if (missing().length > 0) await install(missing(), options);
      if (missing().length > 0) throw notThere(missing(), 'the packages brought no such program');
    });
  }
  return Object.fromEntries(wanted.map(({ program }) => [program, findProgram(program, options.pathDirs)])) as Record<P, string>;
}

/**
 * Run as root. Debian starts a service that it installs unless policy-rc.d says 101, and again at the next boot: both are prevented, as
 * only the program is needed. A bare machine has no package lists yet, hence the second try.
 */
const INSTALL_SCRIPT = `
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  printf '#!/bin/sh\\nexit 101\\n' > $policy && chmod 755 $policy
  trap "rm -f $policy" EXIT
fi
apt() { apt-get -q -y -o DPkg::Lock::Timeout=120 "$@"; }
apt install --no-install-recommends "$@" || { apt update && apt install --no-install-recommends "$@"; } || exit 1
for package in "$@"; do systemctl disable --now "$package" >/dev/null 2>&1 || true; done
`;

async function install(missing: readonly PackagedProgram[], { clock, log, env }: PackageOptions): Promise<void> {
  if (!existsSync('/usr/bin/apt-get')) throw notThere(missing, 'this system has no apt-get');
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (asRoot.length > 0 && (await tryProgram([...asRoot, 'true'], { env })).code !== 0)
    throw notThere(missing, 'this user may not install');
  const packages = [...new Set(missing.map(({ package: name }) => name))];
  log(`  ${packages.join(', ')}: installing Debian's packages`);
  const startedMs = clock.monotonicMs();
  const { code, stderr } = await tryProgram([...asRoot, 'sh', '-c', INSTALL_SCRIPT, 'install', ...packages], { env });
  if (code !== 0) throw notThere(missing, `apt-get failed, which needs its package registry: ${stderr.trim()}`);
  log(`  ${packages.join(', ')}: installed in ${formatSeconds(clock.monotonicMs() - startedMs)}`);
}

function notThere(missing: readonly PackagedProgram[], why: string): FlotillaError {
  const programs = missing.map(({ program }) => program).join(', ');
  const packages = [...new Set(missing.map(({ package: name }) => name))].join(' ');
  return new FlotillaError(
    'TOOL_MISSING',
    `expected ${programs} in PATH, found none, and ${why}. Install with your package manager (Debian: apt-get install ${packages}), or put ${missing.length === 1 ? 'it' : 'them'} into PATH.`,
  );
}
