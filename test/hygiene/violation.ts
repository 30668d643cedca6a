/** The finding of a hygiene rule, and the check that a list of known exceptions is exact: the list may only shrink. */

export interface Violation {
  /** Names the violation in the list of exceptions; has no line number, so that edits elsewhere in the file do not change it. */
  readonly key: string;
  /** One sentence with the place, what was found and what to do. */
  readonly message: string;
}

/** `key` is the path of the file unless one file can violate the rule several times. */
export function violationAt(path: string, line: number, says: string, key: string = path): Violation {
  return { key, message: `${path}:${line}: ${says}` };
}

/** Tests, their fixtures and what starts servers for them. */
export function isTestCode(path: string): boolean {
  return /\.test\.ts$|\/testing\/|^test\//.test(path);
}

/** Sentences about violations that are not listed and about listed exceptions that do not violate the rule any more. */
export function judgeViolations(violations: readonly Violation[], exceptions: readonly string[], listPath: string): readonly string[] {
  const known = new Set(exceptions);
  const found = new Set(violations.map(({ key }) => key));
  return [
    ...violations.filter(({ key }) => !known.has(key)).map(({ message }) => message),
    ...exceptions
      .filter((key) => !found.has(key))
      .map((key) => `${listPath}: "${key}" violates the rule no more: remove the line (make exceptions)`),
  ];
}
