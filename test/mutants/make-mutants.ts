/** One-token mutants of a TypeScript source: each changes one operator, literal, condition or call. Pure. */
import { parseSync, Visitor, type Expression } from 'oxc-parser';

export interface Mutant {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  readonly line: number;
  /** The source line, trimmed: names the place without a line number. */
  readonly code: string;
  /** For example `< → <=`. */
  readonly change: string;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Operator to its replacements, one mutant each: a bound moved by one step, or the inverted result. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '&&': ['||'],
  '||': ['&&'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '+=': ['-='],
  '-=': ['+='],
};

/** Method or function to the one that a typing mistake would give. */
const NAMES: Readonly<Record<string, string>> = {
  min: 'max',
  max: 'min',
  some: 'every',
  every: 'some',
  find: 'findLast',
  findLast: 'find',
  add: 'delete',
  shift: 'pop',
};

/** Nodes that exist for the type checker alone, or for people who read a message. */
const TYPE_NODES = new Set([
  'TSTypeAnnotation',
  'TSTypeAliasDeclaration',
  'TSInterfaceDeclaration',
  'TSTypeParameterInstantiation',
  'TSTypeParameterDeclaration',
  'TSLiteralType',
  'TemplateLiteral',
]);

/** Mutants in the order of the source, without those that change nothing at run time. */
export function makeMutants(path: string, text: string): readonly Mutant[] {
  const { program } = parseSync(path, text);
  const found: { readonly span: Span; readonly replacement: string }[] = [];
  const swap = (span: Span, replacement: string): void => {
    found.push({ span, replacement });
  };
  const operatorSpan = (left: Span, right: Span, operator: string): Span => {
    const start = text.indexOf(operator, left.end);
    return start === -1 || start > right.start ? { start: left.end, end: left.end } : { start, end: start + operator.length };
  };
  const binary = (node: { readonly left: Span; readonly right: Span; readonly operator: string }): void => {
    const span = operatorSpan(node.left, node.right, node.operator);
    for (const other of OPERATORS[node.operator] ?? []) swap(span, other);
  };
  const words = enumWords(program);
  new Visitor({
    BinaryExpression: binary,
    LogicalExpression: binary,
    AssignmentExpression: binary,
    UnaryExpression: (node) => {
      if (node.operator === '!') swap({ start: node.start, end: node.start + 1 }, '');
    },
    Literal: ({ start, end, value }) => {
      if (typeof value === 'boolean') swap({ start, end }, String(!value));
      if (typeof value === 'number') swap({ start, end }, String(value + 1));
      if (typeof value === 'bigint') swap({ start, end }, `${value + 1n}n`);
      if (typeof value === 'string' && words.includes(value)) swap({ start, end }, `'${otherWord(words, value)}'`);
    },
    IfStatement: ({ test }) => {
      swap(test, 'false');
      swap(test, 'true');
    },
    ConditionalExpression: ({ test }) => {
      swap(test, 'false');
      swap(test, 'true');
    },
    ExpressionStatement: ({ start, end, expression }) => {
      const call = expression.type === 'AwaitExpression' ? expression.argument : expression;
      if (call.type === 'CallExpression' && !isLogging(call.callee)) swap({ start, end }, ';');
    },
    MemberExpression: ({ property }) => {
      const other = property.type === 'Identifier' ? NAMES[property.name] : undefined;
      if (other !== undefined) swap(property, other);
    },
  }).visit(program);
  const left = [...typeSpans(program), ...boundSpans(program)];
  return found
    .filter(({ span }) => span.end > span.start && !left.some((out) => out.start <= span.start && span.end <= out.end))
    .toSorted((a, b) => a.span.start - b.span.start)
    .map(({ span, replacement }) => describeMutant(text, span, replacement));
}

export function applyMutant(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

function describeMutant(text: string, { start, end }: Span, replacement: string): Mutant {
  const before = text.slice(0, start);
  const lineStart = before.lastIndexOf('\n') + 1;
  const lineEnd = text.indexOf('\n', start);
  const original = text.slice(start, end).replaceAll(/\s+/g, ' ');
  return {
    start,
    end,
    replacement,
    line: before.split('\n').length,
    code: text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd).trim(),
    change: `${original.length > 60 ? `${original.slice(0, 57)}…` : original} → ${replacement === '' ? 'nothing' : replacement}`,
  };
}

type Program = ReturnType<typeof parseSync>['program'];

/** Literals that look like members of an enumeration: `ENGAGED`, `ReduceOnly`. */
function enumWords(program: Program): readonly string[] {
  const words = new Set<string>();
  new Visitor({
    Literal: ({ value }) => {
      if (typeof value === 'string' && /^[A-Z][A-Za-z_]+$/.test(value)) words.add(value);
    },
  }).visit(program);
  return [...words].toSorted();
}

function otherWord(words: readonly string[], word: string): string {
  const next = words[(words.indexOf(word) + 1) % words.length];
  return next === undefined || next === word ? `${word}_OTHER` : next;
}

/** Values of named bounds, such as `const PAGES_MAX = 500`: a mutant by one would behave as well. */
function boundSpans(program: Program): readonly Span[] {
  return program.body.flatMap((statement) => {
    const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declared?.type !== 'VariableDeclaration') return [];
    return declared.declarations.filter(({ id }) => id.type === 'Identifier' && /^[A-Z][A-Z0-9_]+$/.test(id.name));
  });
}

function isLogging(callee: Expression): boolean {
  return callee.type === 'MemberExpression' && callee.object.type === 'Identifier' && callee.object.name === 'logger';
}

function typeSpans(program: Program): readonly Span[] {
  const spans: Span[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) {
      for (const one of node) walk(one);
      return;
    }
    const { type, start, end } = node as { readonly type?: unknown; readonly start?: number; readonly end?: number };
    if (typeof type === 'string' && (TYPE_NODES.has(type) || type === 'ImportDeclaration') && start !== undefined && end !== undefined) {
      spans.push({ start, end });
      return;
    }
    for (const child of Object.values(node)) walk(child);
  };
  walk(program);
  return spans;
}
