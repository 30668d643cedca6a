/** Turns the specification of a container into the command, the folder and the environment of a process. */
import { expandVariables } from './expand-variables.ts';
import { ContainerBlocked } from './object-source.ts';
import type { Container } from './pod-types.ts';
import { type PathMapping, rewritePaths } from './rewrite-paths.ts';

/** A container as a process of this machine. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface LaunchInput {
  readonly container: Container;
  readonly environment: Readonly<Record<string, string>>;
  readonly mappings: readonly PathMapping[];
  readonly nodeBinary: string;
  /** Where a container without workingDir starts. */
  readonly defaultDir: string;
}

/** The process node has no images, so a container needs a `command`. @throws ContainerBlocked when it has none */
export function containerLaunch(input: LaunchInput): Launch {
  const { container, environment, mappings, nodeBinary, defaultDir } = input;
  const words = [...(container.command ?? []), ...(container.args ?? [])].map((word) =>
    rewritePaths(expandVariables(word, environment), mappings),
  );
  const [program, ...args] = words;
  if (container.command === undefined || container.command.length === 0 || program === undefined) {
    throw new ContainerBlocked('CreateContainerError', 'the process node runs no images: the container needs a command');
  }
  return {
    command: program === 'node' ? nodeBinary : program,
    args,
    cwd: container.workingDir === undefined ? defaultDir : rewritePaths(container.workingDir, mappings),
    env: Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, rewritePaths(value, mappings)])),
  };
}
