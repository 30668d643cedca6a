/** Finds redis-server for the local cluster, or installs it. */
import { ensurePackagedPrograms, type PackageOptions } from './debian-packages.ts';

/** The path of redis-server, installed from Debian's package when it is nowhere and we may. @throws FlotillaError TOOL_MISSING */
export async function ensureRedis(options: PackageOptions): Promise<string> {
  return (await ensurePackagedPrograms([{ program: 'redis-server', package: 'redis-server' }], options))['redis-server'];
}
