/** Finds parts of regular expressions that Go's RE2, which the API server uses, lacks or reads differently from JavaScript. */
const FOREIGN: readonly { readonly pattern: RegExp; readonly name: string }[] = [
  { pattern: /\(\?/, name: 'a group other than a plain one' },
  { pattern: /\\[1-9k]/, name: 'a back reference' },
  { pattern: /\\[sS]/, name: '\\s, which takes more characters in JavaScript' },
  { pattern: /\\[uUpPcx0]/, name: 'an escape that is written differently in RE2' },
  { pattern: /\[\^?\]/, name: 'an empty class' },
  { pattern: /\{\d{4,}|,\d{4,}\}/, name: 'a repetition above 1,000' },
];

/** The reason why a pattern means something else to the API server; undefined when the meaning is the same. */
export function foreignPattern(pattern: RegExp): string | undefined {
  if (pattern.flags !== '') return `flags (${pattern.flags})`;
  if (!pattern.source.startsWith('^') || !pattern.source.endsWith('$')) return 'no ^ and $ around it';
  return FOREIGN.find((entry) => entry.pattern.test(pattern.source))?.name;
}
