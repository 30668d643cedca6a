/** One TypeScript source of the project with its imports and its use of ambient state, read from the syntax tree. */
import { readFileSync } from 'node:fs';
import { parseSync, Visitor, type Expression } from 'oxc-parser';

export interface Finding {
  readonly line: number;
  readonly what: string;
}

export interface SourceFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  /** Specifiers of static, dynamic and re-exporting imports. */
  readonly imports: readonly Finding[];
  /** Uses of ambient time, randomness, environment and timers. */
  readonly ambient: readonly Finding[];
}

/** `object.property` pairs that reach for the world behind the ports' back. */
const AMBIENT_MEMBERS = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'process.env',
  'process.hrtime',
  'crypto.randomBytes',
  'crypto.randomUUID',
  'crypto.getRandomValues',
]);
/** Globals that do so when called; `Date` when constructed or called without an argument. */
const AMBIENT_CALLS = new Set(['setTimeout', 'setInterval', 'setImmediate', 'randomBytes', 'randomUUID', 'randomInt']);
/** Modules whose import is ambient by itself. */
const AMBIENT_MODULES = new Set(['node:timers', 'node:timers/promises', 'timers', 'timers/promises', 'node:perf_hooks']);

/** @throws Error naming the file when it does not parse. */
export function readSourceFile(root: string, path: string): SourceFile {
  const text = readFileSync(`${root}/${path}`, 'utf8');
  const { program, errors } = parseSync(path, text);
  if (errors[0] !== undefined) throw new Error(`${path} does not parse: ${errors[0].message}`);
  const imports: Finding[] = [];
  const ambient: Finding[] = [];
  const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length;
  const noteImport = (source: { readonly value?: unknown; readonly start: number } | null): void => {
    if (source === null || typeof source.value !== 'string') return;
    imports.push({ line: lineOf(source.start), what: source.value });
    if (AMBIENT_MODULES.has(source.value)) ambient.push({ line: lineOf(source.start), what: `import ${source.value}` });
  };
  const noteCall = (callee: Expression, hasArguments: boolean): void => {
    if (callee.type !== 'Identifier') return;
    if (AMBIENT_CALLS.has(callee.name) || (callee.name === 'Date' && !hasArguments)) {
      ambient.push({ line: lineOf(callee.start), what: `${callee.name}()` });
    }
  };
  new Visitor({
    ImportDeclaration: (node) => noteImport(node.source),
    ExportAllDeclaration: (node) => noteImport(node.source),
    ExportNamedDeclaration: (node) => noteImport(node.source),
    ImportExpression: (node) => {
      if (node.source.type === 'Literal') noteImport(node.source);
    },
    TSImportType: (node) => noteImport(node.source),
    CallExpression: (node) => noteCall(node.callee, node.arguments.length > 0),
    NewExpression: (node) => noteCall(node.callee, node.arguments.length > 0),
    MemberExpression: (node) => {
      if (node.object.type !== 'Identifier' || node.property.type !== 'Identifier') return;
      const name = `${node.object.name}.${node.property.name}`;
      if (AMBIENT_MEMBERS.has(name)) ambient.push({ line: lineOf(node.start), what: name });
    },
  }).visit(program);
  return { path, imports, ambient };
}
