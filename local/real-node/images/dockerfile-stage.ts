/** Reads which files a stage of the Dockerfile takes from the checkout, so that an image made without Docker has the same layout. Pure. */

export interface DockerfileStage {
  /** Files and folders of the checkout that are copied to the same place in the image. */
  readonly copied: readonly string[];
  /** Commands that are run in the image while it is made. */
  readonly commands: readonly (readonly string[])[];
}

/** @throws Error when there is no such stage, or it does something that is not understood here. */
export function dockerfileStage(dockerfile: string, name: string): DockerfileStage {
  const lines = dockerfile.split('\n').map((line) => line.trim());
  const start = lines.findIndex((line) => new RegExp(`^FROM \\S+ AS ${name}$`).test(line));
  if (start === -1) throw new Error(`the Dockerfile has no stage ${name}`);
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith('FROM '));
  const copied: string[] = [];
  const commands: (readonly string[])[] = [];
  for (const line of end === -1 ? rest : rest.slice(0, end)) {
    const [instruction = '', first = '', second = ''] = line.split(/\s+/);
    if (instruction === '' || instruction.startsWith('#') || first.startsWith('--from=')) continue;
    if (instruction === 'COPY' && (second === first || second === './')) copied.push(first);
    else if (instruction === 'RUN') commands.push(JSON.parse(line.slice('RUN '.length)) as readonly string[]);
    else if (instruction !== 'CMD' && instruction !== 'ENTRYPOINT')
      throw new Error(`stage ${name} of the Dockerfile: ${line} is not understood`);
  }
  return { copied, commands };
}
