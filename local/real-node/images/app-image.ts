/** The project's image without Docker: what the Dockerfile makes, from a checkout with its packages installed. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { runProgram, tryProgram } from '../../processes/run-program.ts';
import { dockerfileStage } from './dockerfile-stage.ts';
import type { ImageStore } from './image-store.ts';
import { packLayer } from './layer.ts';
import { writeOciArchive } from './oci-archive.ts';
import { contentTag, PATH_IN_IMAGE } from './program-image.ts';
import { stageProgram } from './stage-program.ts';
import { withWorkDir } from './work-dir.ts';

/** As in the Dockerfile and .dockerignore. */
const STAGE = 'flotilla';
const USER = '65532';
const COMPILE_CACHE = '/app/.compile-cache';
const SOURCE_LEFT_OUT = /\.test\.ts$|^(\.cache|node_modules|testing|fixtures)$/;
const PACKAGE_LEFT_OUT = /\.(map|d\.ts|d\.mts|d\.cts|md)$|^(\.cache|node_modules)$/;

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
    const stage = dockerfileStage(readFileSync(join(checkoutDir, 'Dockerfile'), 'utf8'), STAGE);
    await stageCheckout(rootDir, checkoutDir, stage.copied);
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
    await warmCompileCache(rootDir, stage.commands);
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

async function stageCheckout(rootDir: string, checkoutDir: string, folders: readonly string[]): Promise<void> {
  const copy = (path: string, leftOut: RegExp): void => {
    const from = join(checkoutDir, path);
    if (!existsSync(from)) return;
    const filter = (file: string): boolean => file === from || !leftOut.test(basename(file));
    cpSync(from, join(rootDir, 'app', path), { recursive: true, verbatimSymlinks: true, filter });
  };
  for (const folder of folders) copy(folder, SOURCE_LEFT_OUT);
  // npm ends with 1 when it finds an extraneous package; the list is complete all the same.
  const installed = await tryProgram(['npm', 'ls', '--omit=dev', '--all', '--parseable', '--prefix', checkoutDir]);
  const packages = installed.stdout.split('\n').map((path) => relative(checkoutDir, path));
  for (const path of packages.filter((candidate) => candidate.startsWith('node_modules/'))) copy(path, PACKAGE_LEFT_OUT);
}

/** Compiled code is kept by user, path and Node.js version, so it is made as the image will run. */
async function warmCompileCache(rootDir: string, commands: readonly (readonly string[])[]): Promise<void> {
  const folder = join(rootDir, COMPILE_CACHE);
  mkdirSync(folder, { recursive: true });
  await runProgram(['chown', '--recursive', `${USER}:${USER}`, folder]);
  const inside = ['unshare', `--root=${rootDir}`, '--wd=/app', `--setgid=${USER}`, `--setuid=${USER}`, '--'];
  const env = { PATH: '/usr/sbin:/usr/local/bin:/usr/bin:/bin', NODE_COMPILE_CACHE: COMPILE_CACHE };
  // The whole path: without /proc, Node.js finds itself by nothing else.
  for (const [, ...args] of commands) await runProgram([...inside, '/usr/local/bin/node', ...args], { env });
}
