/** Refuses constructions that make a reader read a sentence twice; `docs/plain-words.md` says why, with better ones. */
import { basename } from 'node:path/posix';
import type { Finding } from './source-file.ts';
import { violationAt, type Violation } from './violation.ts';

/** A construction, and what to write instead. */
const BANNED: readonly (readonly [RegExp, string])[] = [
  [/\bnobody\b/i, 'name the subject: no service, no user, no exec'],
  [/\bwhoever\b/i, 'name the subject'],
  [
    /(?<!\bthere )\b(is|are|was|were) no (?!longer|more\b|later\b|earlier\b|newer\b|older\b|fewer\b|less\b)/i,
    'write "is not a …" or say what the thing is',
  ],
  [/\b(let|lets|letting) \w* ?go\b/i, 'write "delete", "release" or "remove"'],
  [/\bsees? to it\b/i, 'name the action'],
  [/\bgives? up on\b/i, 'write "stops waiting for" or "stops retrying"'],
  [/\bto mend\b/i, 'write "invalid" or "to correct"'],
  [/\bwhat is (un)?welcome\b/i, 'name the thing'],
  [/\bend of the world\b/i, 'name the event'],
];

/** @param texts Comments and messages of a source, or paragraphs of a page. One violation for each file at most. */
export function proseViolations(path: string, texts: readonly Finding[]): readonly Violation[] {
  for (const { line, what } of texts) {
    const banned = BANNED.find(([pattern]) => pattern.test(what));
    if (banned !== undefined)
      return [violationAt(path, line, `says "${banned[0].exec(what)?.[0]}": ${banned[1]} (docs/plain-words.md)`, keyOf(path))];
  }
  return [];
}

/** Workspace and file name, so that a moved file keeps its line in the list of exceptions. */
function keyOf(path: string): string {
  return path.includes('/') ? `${path.split('/')[0]} ${basename(path)}` : path;
}

/** Lines of a page of Markdown outside of code blocks. */
export function pageLines(text: string): readonly Finding[] {
  let inCode = false;
  return text.split('\n').flatMap((what, index) => {
    if (what.trimStart().startsWith('```')) inCode = !inCode;
    return inCode ? [] : [{ line: index + 1, what }];
  });
}

export interface FieldDescription {
  /** Kind and path of the field, for example `Strategy spec.agent`. */
  readonly field: string;
  readonly text: string;
}

/** Descriptions that `kubectl explain` shows: each sentence is long enough to say something and begins with its subject. */
export function descriptionViolations(descriptions: readonly FieldDescription[]): readonly Violation[] {
  return descriptions.flatMap(({ field, text }) => {
    const bad = text.split(/(?<=[.!?])\s+/).find((sentence) => isRiddle(sentence));
    return bad === undefined
      ? []
      : [{ key: field, message: `${field}: "${bad}" does not name its subject: write a sentence or a noun with its meaning` }];
  });
}

function isRiddle(sentence: string): boolean {
  const words = sentence.split(/\s+/);
  return words.length < 3 || /^(What|Who|Since when|Nobody|Whether it)\b/.test(sentence);
}
