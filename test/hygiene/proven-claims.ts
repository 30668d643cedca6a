/** Tables of claims in the documentation, of which each row names the test that proves it: which rows name none, or one that does not exist. Pure. */
import type { MarkdownPage } from './markdown-links.ts';

/** Files of the project that a row may name: a test, or a folder of tests. */
export interface ProvenOptions {
  /** The text of a file, relative to the root of the project; undefined when there is no such file. */
  readonly read: (path: string) => string | undefined;
  /** Whether a folder of this path holds a test. */
  readonly holdsTest: (folder: string) => boolean;
}

const TEST_FILE = /^[\w./-]+\.test\.ts$/;
const FOLDER = /^[\w.-]+(?:\/[\w.-]+)*\/$/;

/** One sentence for each row of a table without a proof. A title in quotes behind a file must be a title of a test in the file. */
export function unprovenClaims({ path, text }: MarkdownPage, options: ProvenOptions): readonly string[] {
  return rowsOf(text).flatMap((row) => {
    const claim = `${path}: "${(row.split('|')[1] ?? '').trim().slice(0, 60)}"`;
    const proofs = [...row.matchAll(/`([^`]+)`(?: \("([^"]+)"\))?/g)].map(([, name = '', title]) => ({ name, title }));
    const tests = proofs.filter(({ name }) => TEST_FILE.test(name));
    const folders = proofs.filter(({ name }) => FOLDER.test(name));
    if (tests.length + folders.length === 0) return [`${claim} names no test`];
    return [
      ...tests.flatMap(({ name, title }) => problemOf(name, title, options.read(name)).map((problem) => `${claim} ${problem}`)),
      ...folders.filter(({ name }) => !options.holdsTest(name)).map(({ name }) => `${claim} names the folder ${name}, which holds no test`),
    ];
  });
}

/** Rows of all tables, without their heads. */
function rowsOf(text: string): readonly string[] {
  const lines = text.split('\n');
  return lines.filter((line, index) => line.startsWith('|') && !isRule(line) && !isRule(lines[index + 1] ?? ''));
}

function isRule(line: string): boolean {
  return /^\|(?:\s*:?-+:?\s*\|)+$/.test(line);
}

function problemOf(name: string, title: string | undefined, source: string | undefined): readonly string[] {
  if (source === undefined) return [`names ${name}, which does not exist`];
  return title === undefined || source.includes(title) ? [] : [`names the test "${title}", which ${name} does not have`];
}
