/** Runs the commands of a page of the docs against the cluster of a test, section by section, and knows which of them have been run. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linkPrograms } from '@flotilla/local/files/link-programs.ts';
import { outputOf, runCommand } from '../e2e/cluster-commands.ts';
import { fencedCommands } from '../e2e/fenced-commands.ts';

const root = join(import.meta.dirname, '../..');
const ANY_FENCE = /^```(?<language>.*)$/gm;

export interface HowToPage {
  /** Runs every command below a heading, in order, in one shell that ends at the first failure. Resolves to what they print. */
  run(heading: string): Promise<string>;
  /** Headings with commands that have not been run. */
  left(): readonly string[];
  close(): void;
}

export interface PageOptions {
  /** Relative to the root. */
  readonly page: string;
  /** Paths of the programs that the commands name, beside `flotilla`. */
  readonly programs: { readonly helm: string; readonly kubectl: string };
  readonly environment: Readonly<Record<string, string>>;
  /** Replaces names in the commands by those of the test. */
  readonly rename: (command: string) => string;
}

/** @throws Error for a page with a fence that is not `sh`, because no test would run its commands */
export function openPage({ page, programs, environment, rename }: PageOptions): HowToPage {
  const text = readFileSync(join(root, page), 'utf8');
  const languages = [...text.matchAll(ANY_FENCE)].map(({ groups }) => groups?.['language'] ?? '').filter((language) => language !== '');
  const fences = [...text.matchAll(ANY_FENCE)].length;
  if (languages.some((language) => language !== 'sh') || languages.length * 2 !== fences)
    throw new Error(`expected every block of ${page} to begin with \`\`\`sh, found ${languages.length} of ${fences / 2}`);
  const sections = new Map(
    text
      .split(/^## /m)
      .map((section): readonly [string, readonly string[]] => [
        section.split('\n', 1)[0] ?? '',
        fencedCommands(section).map(({ text: commands }) => commands),
      ])
      .filter(([, blocks]) => blocks.length > 0),
  );
  const done = new Set<string>();
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-page-'));
  linkPrograms(folder, programs);
  const path = [folder, join(root, 'node_modules/.bin'), process.env['PATH']].join(':');
  return {
    async run(heading) {
      const blocks = sections.get(heading);
      if (blocks === undefined) throw new Error(`expected the heading "${heading}" with commands in ${page}, found none`);
      // The times stand in the message of a failure.
      const script = blocks.map((block) => `${rename(block)}\necho "── after $SECONDS s"`).join('\n');
      const result = await runCommand('bash', ['--norc', '-euo', 'pipefail', '-c', script], { ...environment, PATH: path });
      const output = outputOf(result, `"${heading}" of ${page}`);
      done.add(heading);
      return output;
    },
    left: () => [...sections.keys()].filter((heading) => !done.has(heading)),
    close: () => rmSync(folder, { recursive: true }),
  };
}
