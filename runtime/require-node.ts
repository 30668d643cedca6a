/** Ends a process whose Node is too old, with one line. For services and for scripts. `cli/bin/require-node.js` does the same in JavaScript. */

/** The first version that runs TypeScript without a flag and without a warning. */
const NODE_MAJOR_MIN = 24;
const NODE_MINOR_MIN = 12;

/** Ends the process with code 1 when its Node is too old. */
export function requireNode(): void {
  const problem = nodeProblem(process.versions.node);
  if (problem === undefined) return;
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}

/** Undefined when the version, for example `26.10.0`, is new enough. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > NODE_MAJOR_MIN || (major === NODE_MAJOR_MIN && minor >= NODE_MINOR_MIN)) return undefined;
  return `expected Node ${NODE_MAJOR_MIN}.${NODE_MINOR_MIN} or newer, found Node ${version}. In a checkout, "npm ci" installs one: use make, "npx flotilla", or "npx node <file>".`;
}
