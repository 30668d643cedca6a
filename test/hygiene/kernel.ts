/** The operator's kernel reads as a library of its own: it knows Kubernetes, and nothing of what this project does with it. */
import { dirname, join } from 'node:path/posix';
import type { Finding } from './source-file.ts';

/** A part of the kernel, and the parts that it may stand on. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  'kube/objects': ['objects'],
  'kube/ports': ['ports'],
  'kube/transport': ['objects', 'ports', 'transport'],
  'kube/cluster': ['objects', 'ports', 'transport', 'cluster'],
  'kube/watch': ['objects', 'ports', 'transport', 'cluster', 'watch'],
  'kube/controller': ['objects', 'ports', 'transport', 'cluster', 'watch', 'controller'],
  'kube/execute': ['objects', 'ports', 'transport', 'cluster', 'watch', 'controller', 'execute'],
  'kube/leader': ['objects', 'ports', 'transport', 'cluster', 'leader'],
};

/** What it may take from the published language: ports and words without a domain. */
const CONTRACTS: ReadonlySet<string> = new Set(['ports.ts', 'errors.ts', 'assert.ts', 'canonical-json.ts']);

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

export function kernelImportViolations(path: string, imports: readonly Finding[]): readonly string[] {
  const open = PARTS[partOf(path) ?? ''];
  if (open === undefined || isTest(path)) return [];
  return imports.flatMap(({ what, line }) => {
    if (what.startsWith('.')) {
      const target = join(dirname(path), what);
      return open.some((part) => target.startsWith(`kube/${part}/`))
        ? []
        : [`${path}:${line}: imports ${what}: outside of what ${partOf(path)} stands on`];
    }
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

function partOf(path: string): string | undefined {
  return Object.keys(PARTS).find((part) => path.startsWith(`${part}/`));
}
