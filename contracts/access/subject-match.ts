/** Matching of NATS subjects. Pure. */

/** Whether `subject` is one that `pattern` stands for: `*` is one token, and `>` at the end is one token or more. */
export function matchesSubject(pattern: string, subject: string): boolean {
  const [wanted, found] = [pattern.split('.'), subject.split('.')];
  for (const [index, token] of wanted.entries()) {
    if (token === '>') return found.length > index;
    if (token !== '*' && token !== found[index]) return false;
  }
  return wanted.length === found.length;
}
