import { spawn } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FlotillaError } from '@flotilla/contracts/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import { isExecutable } from '../binaries/find-binary.ts';
import { withFileLock } from '../processes/file-lock.ts';
import { formatSeconds } from '../progress.ts';
import type { Log } from '../progress.ts';

/** Where Debian puts it; not always in a user's PATH. */
const PLACES = ['/usr/local/bin', '/usr/bin', '/usr/sbin'];
const POLICY_FILE = '/usr/sbin/policy-rc.d';
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

async function install({ clock, log, env }: RedisOptions): Promise<void> {
  const root = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (root.length > 0 && (await run([...root, 'true'], env)).code !== 0) {
    throw new FlotillaError('TOOL_MISSING', `expected redis-server in PATH, found none, and this user may not install it. ${HOW}`);
  }
  log("  redis-server: installing Debian's package");
  const startedMs = clock.monotonicMs();
  const aptEnv = { ...env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = [...root, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=120'];
  const outcome = await withoutServiceStart(root.length === 0, async () => {
    const first = await run([...apt, 'install', '--no-install-recommends', 'redis-server'], aptEnv);
    if (first.code === 0) return first;
    await run([...apt, 'update'], aptEnv); // A bare machine has no package lists yet.
    return run([...apt, 'install', '--no-install-recommends', 'redis-server'], aptEnv);
  });
  if (outcome.code !== 0) throw new FlotillaError('TOOL_MISSING', `apt-get could not install redis-server: ${outcome.said}\n${HOW}`);
  // The system's own server would take port 6379 now or at the next boot; nobody asked for it.
  await run([...root, 'systemctl', 'disable', '--now', 'redis-server'], env);
  log(`  redis-server: installed in ${formatSeconds(clock.monotonicMs() - startedMs)}`);
}

/** Debian's invoke-rc.d asks this file before it starts a service; 101 forbids it. One that is there already is left alone. */
async function withoutServiceStart<T>(isRoot: boolean, action: () => Promise<T>): Promise<T> {
  if (!isRoot || existsSync(POLICY_FILE)) return action();
  writeFileSync(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return await action();
  } finally {
    rmSync(POLICY_FILE, { force: true });
  }
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
