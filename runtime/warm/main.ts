/**
 * `node runtime/warm/main.ts <entry point…>`: loads each program once without settings, so that the compile cache of an image holds all of its
 * modules. A service without settings fails after it has loaded all modules; a service that fails earlier fails the build.
 */
import { spawnSync } from 'node:child_process';

const START_MS_MAX = 60_000;
const LOADED = /cannot start|Usage:|usage:/;
let failed = false;

for (const entryPoint of process.argv.slice(2)) {
  const cache = process.env['NODE_COMPILE_CACHE'];
  const env = cache === undefined ? {} : { NODE_COMPILE_CACHE: cache };
  const { stdout, stderr } = spawnSync(process.execPath, [entryPoint], { env, encoding: 'utf8', timeout: START_MS_MAX });
  const loaded = LOADED.test(`${stdout}${stderr}`);
  process.stdout.write(`warm: ${entryPoint}: ${loaded ? 'loaded' : 'FAILED'}\n`);
  if (!loaded) process.stderr.write(`${stdout}${stderr}\n`);
  failed ||= !loaded;
}
if (failed) process.exitCode = 1;
