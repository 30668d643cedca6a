/** The project's image without Docker: what the Dockerfile makes, from a checkout with its packages installed. */
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { runProgram, tryProgram } from '../../processes/run-program.ts';
import type { ImageStore } from './image-store.ts';
import { packLayer } from './layer.ts';
import { writeOciArchive } from './oci-archive.ts';
import { contentTag, PATH_IN_IMAGE } from './program-image.ts';
import { stageProgram } from './stage-program.ts';
import { withWorkDir } from './work-dir.ts';

/** As in the Dockerfile. */
const USER = '65532';
const COMPILE_CACHE = '/app/.compile-cache';
/** What runs in a cluster, and the recorded data that replays read. */
const FOLDERS = ['contracts', 'runtime', 'operator', 'gateway', 'agents', 'exec', 'audit', 'cli', 'crds', 'examples/data'] as const;
const ENTRY_POINTS = ['operator', 'gateway', 'agents', 'exec', 'audit', 'cli'].map((service) => `${service}/main.ts`);
/** No part of a running service. */
const LEFT_OUT = /\.test\.ts$|^(\.cache|node_modules)$/;

export interface AppImage {
  readonly image: string;
  /** False when the node had it. */
  readonly loaded: boolean;
}

/** Packs `checkoutDir` as `/app` with its own Node.js; the name is the result. A name with a tag is kept. */
export function loadAppImage(store: ImageStore, name: string, checkoutDir: string): Promise<AppImage> {
  return withWorkDir(async (workDir) => {
    const rootDir = join(workDir, 'root');
    await stageProgram(rootDir, 'node', join(checkoutDir, 'node_modules', 'node', 'bin', 'node'));
    mkdirSync(join(rootDir, 'etc'), { recursive: true });
    writeFileSync(join(rootDir, 'etc', 'passwd'), `root:x:0:0::/:\nnonroot:x:${USER}:${USER}::/app:\n`);
    await stageCheckout(rootDir, checkoutDir);
    const base = await packLayer(join(workDir, 'base.tar'), rootDir, ['.'], ['./app']);
    const packages = await packLayer(join(workDir, 'packages.tar'), rootDir, ['./app/node_modules']);
    const source = await packLayer(join(workDir, 'source.tar'), rootDir, ['./app'], ['./app/node_modules']);
    const image = name.includes(':')
      ? name
      : contentTag(
          name,
          [base, packages, source].map(({ sha256 }) => sha256),
        );
    if (await store.has(image)) return { image, loaded: false };
    await warmCompileCache(rootDir);
    const compiled = await packLayer(join(workDir, 'compiled.tar'), rootDir, [`.${COMPILE_CACHE}`]);
    const config = {
      Env: [PATH_IN_IMAGE, 'NODE_ENV=production', `NODE_COMPILE_CACHE=${COMPILE_CACHE}`],
      WorkingDir: '/app',
      User: `${USER}:${USER}`,
      Entrypoint: ['node'],
    };
    await store.load(await writeOciArchive(workDir, image, config, [base, packages, source, compiled]));
    return { image, loaded: true };
  });
}

async function stageCheckout(rootDir: string, checkoutDir: string): Promise<void> {
  const app = join(rootDir, 'app');
  const copy = (path: string): void => {
    if (!existsSync(join(checkoutDir, path))) return;
    cpSync(join(checkoutDir, path), join(app, path), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (from) => from === join(checkoutDir, path) || !LEFT_OUT.test(basename(from)),
    });
  };
  copy('package.json');
  for (const folder of FOLDERS) copy(folder);
  // It ends with 1 for a package too many, which is no matter here.
  const installed = await tryProgram(['npm', 'ls', '--omit=dev', '--all', '--parseable', '--prefix', checkoutDir]);
  const packages = installed.stdout.split('\n').map((path) => relative(checkoutDir, path));
  for (const path of packages.filter((candidate) => candidate.startsWith('node_modules/'))) copy(path);
}

/** Compiled code is kept by user, path and Node.js version, so it is made as the image will run. Nothing starts for want of settings. */
async function warmCompileCache(rootDir: string): Promise<void> {
  const folder = join(rootDir, COMPILE_CACHE);
  mkdirSync(folder, { recursive: true });
  await runProgram(['chown', '--recursive', `${USER}:${USER}`, folder]);
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin', NODE_COMPILE_CACHE: COMPILE_CACHE };
  for (const entryPoint of ENTRY_POINTS) {
    const inside = [
      'sh',
      '-c',
      'cd "$1" && exec chroot --userspec="$2" --skip-chdir . node "/app/$3"',
      'warm',
      rootDir,
      `${USER}:${USER}`,
      entryPoint,
    ];
    await tryProgram(inside, { env });
  }
}
