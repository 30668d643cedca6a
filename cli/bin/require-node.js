// Says which Node Flotilla needs, when this one is too old. `node cli/bin/require-node.js` is run by make after it has installed the packages.
//
// Plain JavaScript: a Node that cannot load TypeScript must be able to run this file. `runtime/require-node.ts` says the same in the services.
import { fileURLToPath } from 'node:url';

const MAJOR = 24;
const MINOR = 12;

/** Undefined when the version is new enough. */
export function nodeProblem(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > MAJOR || (major === MAJOR && minor >= MINOR)) return undefined;
  return (
    `expected Node ${MAJOR}.${MINOR} or newer, found Node ${version}. "npm ci" in the checkout installs one (the package "node", whose install script ` +
    'must be allowed to run); make and "npx flotilla" use it, and "npx node <file>" runs any other file with it.'
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problem = nodeProblem(process.versions.node);
  if (problem !== undefined) console.error(problem);
  process.exit(problem === undefined ? 0 : 1);
}
