/** Matching of NATS subjects. Pure. */

/** Whether `subject` is one that `pattern` stands for: `*` is one token, and `>` at the end is one token or more. */
export function matchesSubject(pattern: string, subject: string): boolean {
  return matchesTokens(pattern.split('.'), subject.split('.'));
}

/** Tells whether any of the patterns stands for a subject. For many subjects: it takes the patterns apart once. */
export function makeSubjectMatcher(patterns: readonly string[]): (subject: string) => boolean {
  const wanted = patterns.map((pattern) => pattern.split('.'));
  return (subject) => {
    const found = subject.split('.');
    return wanted.some((tokens) => matchesTokens(tokens, found));
  };
}

function matchesTokens(wanted: readonly string[], found: readonly string[]): boolean {
  for (const [index, token] of wanted.entries()) {
    if (token === '>') return found.length > index;
    if (token !== '*' && token !== found[index]) return false;
  }
  return wanted.length === found.length;
}
