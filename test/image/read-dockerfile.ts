/** Parses a Dockerfile. Pure. Supports ARG before the first FROM, FROM, COPY, RUN, ENV, WORKDIR, USER, ENTRYPOINT and CMD. */

export interface Instruction {
  readonly word: string;
  /** `--from=x` → `from: x`. */
  readonly flags: Readonly<Record<string, string>>;
  readonly rest: string;
  /** Arguments in JSON form, undefined for the shell form. */
  readonly exec: readonly string[] | undefined;
  readonly line: number;
}

export interface Stage {
  readonly name: string;
  /** An image, or the name of an earlier stage. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

export function readDockerfile(text: string): readonly Stage[] {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  const variables = new Map<string, string>();
  for (const instruction of instructionsOf(text)) {
    const rest = instruction.rest.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => variables.get(name) ?? whole);
    if (instruction.word === 'FROM') {
      const [base = '', , name = ''] = rest.split(' ');
      stages.push({ name, base, instructions: [] });
    } else if (instruction.word === 'ARG' && stages.length === 0) {
      const [name = '', value = ''] = rest.split('=');
      variables.set(name, value);
    } else {
      const stage = stages.at(-1);
      if (stage === undefined) throw new Error(`line ${instruction.line}: expected FROM before ${instruction.word}`);
      stage.instructions.push(instruction);
    }
  }
  return stages;
}

/** `[stage, its base, the base of that, …]`, as far as they are stages. */
export function lineage(stages: readonly Stage[], name: string): readonly Stage[] {
  const stage = stages.find((one) => one.name === name);
  return stage === undefined ? [] : [stage, ...lineage(stages, stage.base)];
}

function instructionsOf(text: string): readonly Instruction[] {
  return text.split('\n').flatMap((line, index) => {
    const match = /^([A-Z]+)\s+(.*)$/.exec(line.trim());
    if (match === null) return [];
    const words = (match[2] ?? '').split(' ');
    const flagWords = words.slice(
      0,
      words.findIndex((word) => !word.startsWith('--')),
    );
    const flags = Object.fromEntries(flagWords.map((word) => word.slice(2).split(/=(.*)/s).slice(0, 2)));
    const rest = words.slice(flagWords.length).join(' ');
    const exec = rest.startsWith('[') ? (JSON.parse(rest) as readonly string[]) : undefined;
    return [{ word: match[1] ?? '', flags: flags as Readonly<Record<string, string>>, rest, exec, line: index + 1 }];
  });
}
