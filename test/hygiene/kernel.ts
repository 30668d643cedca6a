/** Holds `kube` to being a library of its own: it knows Kubernetes, and no word of what this project does with it. */
import type { Finding } from './source-file.ts';

/** Files of the published language that `kube` may import: ports and words without a domain. */
const CONTRACTS: ReadonlySet<string> = new Set([
  'ports.ts',
  'errors/errors.ts',
  'errors/assert.ts',
  'errors/back-off.ts',
  'values/canonical-json.ts',
  'values/format-time.ts',
]);

/** Words of the trade and of the machinery around it. Those that mean something in Kubernetes or English too (order, position, exec) are left out. */
const DOMAIN_WORDS: ReadonlySet<string> = new Set(
  `strategy strategies portfolio portfolios trade trades trading trader venue venues instrument instruments notional drawdown ledger broker halt halts halted risk fills filled quote quotes sentinel cio nats jetstream redis gateway webhook killswitch`.split(
    ' ',
  ),
);

/** Tests start real servers and so reach further; their words are held to the same. */
const isTest = (path: string): boolean => /\.test\.ts$|\/testing\//.test(path);

export function isKernel(path: string): boolean {
  return path.startsWith('kube/');
}

/** Folders inside the kernel are held by `rooms.ts`. */
export function kernelImportViolations(path: string, imports: readonly Finding[]): readonly string[] {
  if (!isKernel(path) || isTest(path)) return [];
  return imports.flatMap(({ what, line }) => {
    if (!what.startsWith('@flotilla/')) return [];
    const file = /^@flotilla\/contracts\/(.+)$/.exec(what)?.[1];
    return file !== undefined && CONTRACTS.has(file) ? [] : [`${path}:${line}: imports ${what}: knows the domain`];
  });
}

/** Identifiers count by their parts: `strategyKey` speaks of a strategy. */
export function kernelWordViolations(path: string, text: string): readonly string[] {
  if (!isKernel(path)) return [];
  return text.split('\n').flatMap((line, index) => {
    const words = line.split(/[^A-Za-z]+/).flatMap((name) => [name, ...name.split(/(?<=[a-z])(?=[A-Z])/)]);
    const found = words.find((word) => DOMAIN_WORDS.has(word.toLowerCase()));
    return found === undefined ? [] : [`${path}:${index + 1}: says ${found}`];
  });
}
