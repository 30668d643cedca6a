/** Reads one TypeScript source of the project into the facts that the hygiene rules judge: imports, exports, functions, header, ambient uses. */
import { readFileSync } from 'node:fs';
import { parseSync, Visitor, type Expression } from 'oxc-parser';

export interface Finding {
  readonly line: number;
  readonly what: string;
}

export interface Import extends Finding {
  /** True when nothing of the import is left at run time. */
  readonly isType: boolean;
  /** Imported or re-exported names; `*` stands for all of them. */
  readonly names: readonly string[];
  /** True for `export … from`. */
  readonly isReexport: boolean;
}

export interface FunctionShape {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
  readonly isTopLevel: boolean;
  readonly isAsync: boolean;
}

export interface SourceFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  /** Static, dynamic, type and re-exporting imports. */
  readonly imports: readonly Import[];
  /** Uses of ambient time, randomness, environment and timers. */
  readonly ambient: readonly Finding[];
  /** Comment before the first statement, without its marks; empty when the file begins with code. */
  readonly header: string;
  readonly functions: readonly FunctionShape[];
  /** Names that the file declares and exports; types are left out. */
  readonly exports: readonly Finding[];
  /** How often each identifier occurs in the file. */
  readonly identifierCounts: ReadonlyMap<string, number>;
  readonly comments: readonly Finding[];
  /** String and template literals of three words or more: what people may read. */
  readonly messages: readonly Finding[];
}

/** `object.property` pairs that read ambient state instead of a port. */
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
/** Globals that read ambient state when called; `Date` when constructed or called without an argument. */
const AMBIENT_CALLS = new Set(['setTimeout', 'setInterval', 'setImmediate', 'randomBytes', 'randomUUID', 'randomInt']);
/** Modules whose import is ambient by itself. */
const AMBIENT_MODULES = new Set(['node:timers', 'node:timers/promises', 'timers', 'timers/promises', 'node:perf_hooks']);

type Program = ReturnType<typeof parseSync>['program'];
type LineOf = (offset: number) => number;

/** @throws Error naming the file when the file does not parse. */
export function readSourceFile(root: string, path: string): SourceFile {
  const text = readFileSync(`${root}/${path}`, 'utf8');
  const { program, comments, errors } = parseSync(path, text);
  if (errors[0] !== undefined) throw new Error(`${path} does not parse: ${errors[0].message}`);
  const lineOf = makeLineOf(text);
  const imports = readImports(program, lineOf);
  const first = comments[0];
  const codeStart = program.body[0]?.start ?? text.length;
  return {
    path,
    imports,
    ambient: [
      ...imports.filter(({ what }) => AMBIENT_MODULES.has(what)).map(({ line, what }) => ({ line, what: `import ${what}` })),
      ...readAmbientUses(program, lineOf),
    ],
    header: first !== undefined && first.start < codeStart ? plainComment(first.value) : '',
    functions: readFunctions(program, lineOf),
    exports: readExports(program, lineOf),
    identifierCounts: countIdentifiers(program),
    comments: comments.map(({ value, start }) => ({ line: lineOf(start), what: plainComment(value) })),
    messages: readMessages(program, lineOf),
  };
}

function plainComment(text: string): string {
  return text
    .replace(/^\*/, '')
    .replaceAll(/\n\s*\*/g, ' ')
    .trim();
}

function makeLineOf(text: string): LineOf {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

function readImports(program: Program, lineOf: LineOf): readonly Import[] {
  const imports: Import[] = [];
  const note = (source: { readonly value?: unknown; readonly start: number } | null, facts: Omit<Import, 'line' | 'what'>): void => {
    if (source === null || typeof source.value !== 'string') return;
    imports.push({ line: lineOf(source.start), what: source.value, ...facts });
  };
  new Visitor({
    ImportDeclaration: (node) => {
      const names = node.specifiers.map((one) => (one.type === 'ImportSpecifier' ? nameOf(one.imported) : '*'));
      note(node.source, { isType: node.importKind === 'type', names, isReexport: false });
    },
    ExportAllDeclaration: (node) => note(node.source, { isType: node.exportKind === 'type', names: ['*'], isReexport: true }),
    ExportNamedDeclaration: (node) =>
      note(node.source, { isType: node.exportKind === 'type', names: node.specifiers.map(({ local }) => nameOf(local)), isReexport: true }),
    ImportExpression: (node) => {
      if (node.source.type === 'Literal') note(node.source, { isType: false, names: ['*'], isReexport: false });
    },
    TSImportType: (node) => note(node.source, { isType: true, names: ['*'], isReexport: false }),
  }).visit(program);
  return imports;
}

function nameOf(node: { readonly type: string; readonly name?: unknown; readonly value?: unknown }): string {
  return String(node.name ?? node.value);
}

function readAmbientUses(program: Program, lineOf: LineOf): readonly Finding[] {
  const ambient: Finding[] = [];
  const noteCall = (callee: Expression, hasArguments: boolean): void => {
    if (callee.type !== 'Identifier') return;
    if (AMBIENT_CALLS.has(callee.name) || (callee.name === 'Date' && !hasArguments)) {
      ambient.push({ line: lineOf(callee.start), what: `${callee.name}()` });
    }
  };
  new Visitor({
    CallExpression: (node) => noteCall(node.callee, node.arguments.length > 0),
    NewExpression: (node) => noteCall(node.callee, node.arguments.length > 0),
    MemberExpression: (node) => {
      if (node.object.type !== 'Identifier' || node.property.type !== 'Identifier') return;
      const name = `${node.object.name}.${node.property.name}`;
      if (AMBIENT_MEMBERS.has(name)) ambient.push({ line: lineOf(node.start), what: name });
    },
  }).visit(program);
  return ambient;
}

interface Positioned {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

function readFunctions(program: Program, lineOf: LineOf): readonly FunctionShape[] {
  const functions: FunctionShape[] = [];
  const names = new Map<number, string>();
  const topLevel = new Set<number>();
  for (const statement of program.body) {
    const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declared?.type === 'FunctionDeclaration') topLevel.add(declared.start);
    if (declared?.type !== 'VariableDeclaration') continue;
    for (const { init } of declared.declarations) if (init !== null) topLevel.add(init.start);
  }
  const nameValue = (key: Positioned, value: Positioned | null): void => {
    if (value !== null && (key.type === 'Identifier' || key.type === 'PrivateIdentifier')) names.set(value.start, nameOf(key));
  };
  const note = (node: Positioned & { readonly async: boolean; readonly id?: { readonly name: string } | null }): void => {
    const line = lineOf(node.start);
    functions.push({
      name: node.id?.name ?? names.get(node.start) ?? 'anonymous',
      line,
      lines: lineOf(node.end) - line + 1,
      isTopLevel: topLevel.has(node.start),
      isAsync: node.async,
    });
  };
  new Visitor({
    VariableDeclarator: ({ id, init }) => nameValue(id, init),
    Property: ({ key, value }) => nameValue(key, value),
    MethodDefinition: ({ key, value }) => nameValue(key, value),
    PropertyDefinition: ({ key, value }) => nameValue(key, value),
    FunctionDeclaration: note,
    FunctionExpression: note,
    ArrowFunctionExpression: note,
  }).visit(program);
  return functions;
}

function readExports(program: Program, lineOf: LineOf): readonly Finding[] {
  const exports: Finding[] = [];
  const note = (
    node: { readonly type: string; readonly start: number; readonly name?: unknown; readonly value?: unknown } | null,
  ): void => {
    if (node !== null && (node.type === 'Identifier' || node.type === 'Literal')) {
      exports.push({ line: lineOf(node.start), what: nameOf(node) });
    }
  };
  for (const statement of program.body) {
    if (statement.type !== 'ExportNamedDeclaration' || statement.source !== null || statement.exportKind === 'type') continue;
    const { declaration } = statement;
    for (const { exported } of statement.specifiers) note(exported);
    if (declaration?.type === 'VariableDeclaration') for (const { id } of declaration.declarations) note(id);
    else if (declaration?.type === 'FunctionDeclaration' || declaration?.type === 'ClassDeclaration') note(declaration.id);
  }
  return exports;
}

function readMessages(program: Program, lineOf: LineOf): readonly Finding[] {
  const messages: Finding[] = [];
  const note = (text: unknown, start: number): void => {
    if (typeof text === 'string' && text.trim().split(/\s+/).length >= 3) messages.push({ line: lineOf(start), what: text });
  };
  new Visitor({
    Literal: ({ value, start }) => note(value, start),
    TemplateElement: ({ value, start }) => note(value.cooked, start),
  }).visit(program);
  return messages;
}

function countIdentifiers(program: Program): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  new Visitor({
    Identifier: ({ name }) => {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    },
  }).visit(program);
  return counts;
}
