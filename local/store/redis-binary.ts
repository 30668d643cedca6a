import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FlotillaError } from '@flotilla/contracts/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import { isExecutable } from '../binaries/find-binary.ts';
import { withFileLock } from '../processes/file-lock.ts';
import { formatSeconds } from '../progress.ts';
import type { Log } from '../progress.ts';

/** Where Debian puts it; not always in a user's PATH. */
const PLACES = ['/usr/local/bin', '/usr/bin', '/usr/sbin'];
const HOW = 'Install it with your package manager (Debian: apt-get install redis-server), or put it into PATH.';

export interface RedisOptions {
  readonly pathDirs: readonly string[];
  readonly cacheDir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The path of redis-server, installed from Debian's package when it is nowhere and we may. @throws FlotillaError TOOL_MISSING */
export async function ensureRedis(options: RedisOptions): Promise<string> {
  const find = (): string | undefined =>
    [...options.pathDirs, ...PLACES].map((folder) => join(folder, 'redis-server')).find((path) => isExecutable(path));
  const there = find();
  if (there !== undefined) return there;
  if (!existsSync('/usr/bin/apt-get')) throw new FlotillaError('TOOL_MISSING', `expected redis-server in PATH, found none. ${HOW}`);
  const wait = (): void => options.log('  redis-server: another clone installs it, waiting');
  return withFileLock(join(options.cacheDir, 'redis.lock'), wait, async () => {
    if (find() === undefined) await install(options);
    const installed = find();
    if (installed === undefined) throw new FlotillaError('TOOL_MISSING', `the package redis-server brought no redis-server. ${HOW}`);
    return installed;
  });
}

/**
 * Run as root. Debian starts a service that it installs unless policy-rc.d says 101, and again at the next boot: both are prevented, as
 * nobody asked for a server on port 6379. A bare machine has no package lists yet, hence the second try.
 */
const INSTALL_SCRIPT = `
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  printf '#!/bin/sh\\nexit 101\\n' > $policy && chmod 755 $policy
  trap "rm -f $policy" EXIT
fi
apt() { apt-get -q -y -o DPkg::Lock::Timeout=120 "$@"; }
apt install --no-install-recommends redis-server || { apt update && apt install --no-install-recommends redis-server; } || exit 1
systemctl disable --now redis-server >/dev/null 2>&1 || true
`;

async function install({ clock, log, env }: RedisOptions): Promise<void> {
  const root = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (root.length > 0 && (await run([...root, 'true'], env)).code !== 0) {
    throw new FlotillaError('TOOL_MISSING', `expected redis-server in PATH, found none, and this user may not install it. ${HOW}`);
  }
  log("  redis-server: installing Debian's package");
  const startedMs = clock.monotonicMs();
  const outcome = await run([...root, 'sh', '-c', INSTALL_SCRIPT], env);
  if (outcome.code !== 0) throw new FlotillaError('TOOL_MISSING', `apt-get could not install redis-server: ${outcome.said}\n${HOW}`);
  log(`  redis-server: installed in ${formatSeconds(clock.monotonicMs() - startedMs)}`);
}

interface Outcome {
  readonly code: number | null;
  readonly said: string;
}

const SAID_CHARACTERS_MAX = 800;

function run(command: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<Outcome> {
  return new Promise((resolve) => {
    const [program = '', ...args] = command;
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env });
    let said = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (chunk: string) => (said = (said + chunk).slice(-SAID_CHARACTERS_MAX)));
    child.on('error', (error) => resolve({ code: null, said: error.message }));
    child.on('close', (code) => resolve({ code, said }));
  });
}
