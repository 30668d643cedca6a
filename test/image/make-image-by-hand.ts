/**
 * Builds a target of the Dockerfile without Docker: carries out each instruction on folders. The build image is this machine with the
 * project's Node.js, the base image that Node.js with the shared libraries it needs. As root, because the result belongs to several users.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Instruction, lineage, readDockerfile, type Stage } from './read-dockerfile.ts';

interface Machine {
  readonly checkoutDir: string;
  readonly workDir: string;
  readonly node: string;
}

/** A file system with what its instructions have set so far. */
interface BuiltStage {
  readonly rootDir: string;
  workingDir: string;
  user: string;
  readonly environment: Record<string, string>;
}

const BUILD_NODE = '/usr/local/bin/node';
const DEVICES = ['/dev/null', '/dev/urandom'] as const;
const UNPRIVILEGED = '65532:65532';
/** As `.dockerignore` says. */
const LEFT_OUT = /\.test\.ts$|\.log$|^(testing|fixtures|node_modules|\.cache)$/;

/** The root folder of the built image. */
export function makeImageByHand(target: string, machine: Machine): string {
  const stages = readDockerfile(readFileSync(join(machine.checkoutDir, 'Dockerfile'), 'utf8'));
  const built = new Map<string, BuiltStage>();
  const build = (name: string): BuiltStage => {
    const known = built.get(name);
    if (known !== undefined) return known;
    const stage = lineage(stages, name)[0];
    if (stage === undefined) throw new Error(`expected a stage ${name} in the Dockerfile, found none`);
    const result = begin(stage, stages, machine, build);
    built.set(name, result);
    for (const instruction of stage.instructions) execute(instruction, result, machine, build);
    return result;
  };
  return build(target).rootDir;
}

function begin(stage: Stage, stages: readonly Stage[], machine: Machine, build: (name: string) => BuiltStage): BuiltStage {
  const rootDir = join(machine.workDir, stage.name);
  if (stages.some(({ name }) => name === stage.base)) {
    const base = build(stage.base);
    run(['cp', '--archive', base.rootDir, rootDir]);
    return { ...base, rootDir, environment: { ...base.environment } };
  }
  const forBuilding = stage.base.startsWith('node:');
  if (forBuilding) {
    mkdirSync(dirname(join(rootDir, BUILD_NODE)), { recursive: true });
    cpSync(machine.node, join(rootDir, BUILD_NODE));
  } else layBase(rootDir, machine.node);
  return { rootDir, workingDir: '/', user: forBuilding ? '0:0' : UNPRIVILEGED, environment: {} };
}

/** The used part of the distroless image cc: the C and C++ libraries, a temporary folder, an unprivileged user. */
function layBase(rootDir: string, node: string): void {
  const libraries = run(['ldd', node]).matchAll(/(\/\S+) \(0x/g);
  for (const [, library = ''] of libraries) {
    if (library.includes('libatomic')) continue;
    mkdirSync(dirname(join(rootDir, library)), { recursive: true });
    run(['cp', '--dereference', library, join(rootDir, library)]);
  }
  for (const folder of ['proc', 'dev', 'etc', 'tmp', 'usr/lib', 'usr/bin', 'usr/local/bin'])
    mkdirSync(join(rootDir, folder), { recursive: true });
  for (const device of DEVICES) writeFileSync(join(rootDir, device), '');
  run(['chmod', '1777', join(rootDir, 'tmp')]);
  writeFileSync(join(rootDir, 'etc', 'passwd'), 'root:x:0:0::/:\nnonroot:x:65532:65532::/tmp:\n');
}

function execute(instruction: Instruction, stage: BuiltStage, machine: Machine, build: (name: string) => BuiltStage): void {
  const { word, rest, exec } = instruction;
  switch (word) {
    case 'WORKDIR':
      stage.workingDir = rest;
      mkdirSync(join(stage.rootDir, rest), { recursive: true });
      return;
    case 'USER':
      stage.user = rest;
      return;
    case 'ENV':
      for (const [, name = '', value = ''] of rest.matchAll(/(\w+)=(\S+)/g)) stage.environment[name] = value;
      return;
    case 'COPY':
      copy(instruction, stage, machine, build);
      return;
    case 'RUN':
      if (exec === undefined) runInShell(rest, stage, machine);
      else runInside(stage.rootDir, { user: stage.user, workingDir: stage.workingDir, environment: stage.environment, command: exec });
      return;
    case 'ENTRYPOINT':
    case 'CMD':
      return;
    default:
      throw new Error(`line ${instruction.line}: expected an instruction that is known here, found ${word}`);
  }
}

function copy({ flags, rest }: Instruction, stage: BuiltStage, machine: Machine, build: (name: string) => BuiltStage): void {
  const words = rest.split(' ');
  const [sources, target = ''] = [words.slice(0, -1), words.at(-1)];
  const from = flags['from'] === undefined ? machine.checkoutDir : build(flags['from']).rootDir;
  const to = join(stage.rootDir, target.startsWith('/') ? '' : stage.workingDir, target);
  for (const source of sources) {
    const intoFolder = target.endsWith('/') && !source.endsWith('/');
    const destination = intoFolder ? join(to, basename(source)) : to;
    mkdirSync(dirname(destination), { recursive: true });
    if (flags['from'] !== undefined) run(['cp', '--archive', '--no-target-directory', join(from, source), destination]);
    else
      cpSync(join(from, source), destination, {
        recursive: true,
        verbatimSymlinks: true,
        filter: (path) => !LEFT_OUT.test(basename(path)),
      });
  }
  if (flags['chown'] !== undefined) run(['chown', '--recursive', flags['chown'], to]);
}

/** Of the build image: with this machine's programs, in the stage's folder. */
function runInShell(script: string, stage: BuiltStage, machine: Machine): void {
  const moved = script.replaceAll(BUILD_NODE, join(stage.rootDir, BUILD_NODE));
  const environment = { ...process.env, PATH: `${dirname(machine.node)}:${process.env['PATH']}` };
  run(['sh', '-ec', moved], { cwd: join(stage.rootDir, stage.workingDir), environment });
}

export interface InsideOptions {
  readonly user: string;
  readonly workingDir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly readOnly?: boolean;
}

/** Runs a command of an image, on request with a read-only root. Gives its output; a failure is an Error unless `readOnly`. */
export function runInside(rootDir: string, { user, workingDir, environment, command, readOnly = false }: InsideOptions): string {
  const [uid, gid] = user.split(':');
  const mounts = [
    ...(readOnly ? ['mount --bind "$0" "$0"', 'mount -o remount,bind,ro "$0"'] : []),
    'mount -t proc proc "$0/proc"',
    ...DEVICES.map((device) => `mount --bind ${device} "$0${device}"`),
  ];
  const script = `${mounts.join(' && ')} && folder="$1"; shift; exec unshare --root="$0" --wd="$folder" --setgid=${gid} --setuid=${uid} -- "$@"`;
  const variables = { ...environment, PATH: `${environment['PATH']}:/usr/sbin:/sbin:/usr/bin:/bin` };
  return run(['unshare', '--mount', 'sh', '-c', script, rootDir, workingDir, ...command], { environment: variables, mayFail: readOnly });
}

function run(
  [program = '', ...args]: readonly string[],
  options: { readonly cwd?: string; readonly environment?: NodeJS.ProcessEnv; readonly mayFail?: boolean } = {},
): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    cwd: options.cwd,
    env: options.environment ?? process.env,
    maxBuffer: 64 * 1024 ** 2,
  });
  if (status !== 0 && options.mayFail !== true) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  return `${stdout}${stderr}`;
}
