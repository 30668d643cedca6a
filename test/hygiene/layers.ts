/**
 * The import rules between folders: the design's folder table as data, and the pure check over it.
 *
 * A folder may import itself, what it lists in `may`, and any npm package except what only others may use (`ownedPackages`).
 */
import { dirname, join } from 'node:path/posix';
import type { Finding } from './source-file.ts';

interface Layer {
  /** Sibling workspaces; `all` for the tools that stand above every service. A `folder/sub` entry opens that part alone. */
  readonly may: readonly string[] | 'all';
  /** Node built-ins that a pure folder may use; absent: all. */
  readonly builtins?: readonly string[];
}

const LAYERS: Readonly<Record<string, Layer>> = {
  contracts: { may: [], builtins: ['node:crypto'] },
  runtime: { may: ['contracts'] },
  kube: { may: ['contracts'] },
  operator: { may: ['contracts', 'runtime', 'kube'] },
  trading: { may: ['contracts'], builtins: [] },
  gateway: { may: ['contracts', 'runtime'] },
  agents: { may: ['contracts', 'runtime'] },
  exec: { may: ['contracts', 'runtime'] },
  audit: { may: ['contracts', 'runtime'] },
  crds: { may: ['contracts'] },
  charts: { may: ['contracts'] },
  cli: { may: ['contracts', 'runtime', 'audit/verify'] },
  local: { may: 'all' },
  bench: { may: 'all' },
  test: { may: 'all' },
  examples: { may: 'all' },
  docs: { may: 'all' },
};

/** Packages that belong to some folders alone: who else needs them is in the wrong place. */
const OWNED_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '@kubernetes/client-node': ['kube', 'bench'],
  fastify: ['gateway'],
  redis: ['runtime'],
  '@nats-io/transport-node': ['runtime'],
  '@nats-io/nats-core': ['runtime'],
  pino: ['runtime'],
  'prom-client': ['runtime'],
  '@opentelemetry/sdk-node': ['runtime'],
  '@opentelemetry/exporter-trace-otlp-http': ['runtime'],
  commander: ['cli'],
};

/** Tests and fixtures of a folder may reach further: they start real servers. */
const isTest = (path: string): boolean => /\.test\.ts$|\/testing\//.test(path);

/** The forbidden imports of one file, one sentence each. */
export function layerViolations(path: string, imports: readonly Finding[]): readonly string[] {
  const folder = path.split('/')[0] ?? '';
  const layer = LAYERS[folder];
  if (layer === undefined) return path.includes('/') ? [`${path}: folder ${folder} is not in the table of test/hygiene/layers.ts`] : [];
  return imports.flatMap(({ what, line }) => {
    const reason = isTest(path) ? undefined : whyForbidden(path, folder, layer, what);
    return reason === undefined ? [] : [`${path}:${line}: imports ${what}: ${reason}`];
  });
}

function whyForbidden(path: string, folder: string, layer: Layer, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return whyBuiltinForbidden(folder, layer, specifier);
  const target = specifier.startsWith('.') ? join(dirname(path), specifier) : specifier.replace(/^@flotilla\//, '');
  const isProject = specifier.startsWith('.') || specifier.startsWith('@flotilla/');
  if (!isProject) return whyPackageForbidden(folder, specifier);
  if (specifier.startsWith('.') && target.split('/')[0] !== folder)
    return 'leaves its folder by a relative path; import the workspace by name';
  const sibling = target.split('/')[0] ?? '';
  if (layer.may === 'all' || sibling === folder) return undefined;
  const open = layer.may.some((allowed) => target === allowed || target.startsWith(`${allowed}/`));
  return open ? undefined : `${folder} may import ${layer.may.join(', ') || 'no sibling'}`;
}

function whyBuiltinForbidden(folder: string, { builtins }: Layer, specifier: string): string | undefined {
  return builtins === undefined || builtins.includes(specifier) ? undefined : `${folder} does no I/O`;
}

function whyPackageForbidden(folder: string, specifier: string): string | undefined {
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const owners = OWNED_PACKAGES[name];
  if (owners !== undefined && !owners.includes(folder)) return `${name} belongs to ${owners.join(', ')}`;
  if (folder === 'contracts' && name !== 'zod') return 'contracts may import zod alone';
  return undefined;
}

/** Adapters, composition roots and tools above the services: the only places for ambient time, randomness and environment. */
const AMBIENT_ALLOWED = [
  /^runtime\/(clock|rng|service)\.ts$/,
  /(^|\/)main\.ts$/,
  /^(local|bench|test|examples)\//,
  /\.test\.ts$/,
  /\/testing\//,
] as const;

export function ambientViolations(path: string, ambient: readonly Finding[]): readonly string[] {
  if (AMBIENT_ALLOWED.some((pattern) => pattern.test(path))) return [];
  return ambient.map(({ what, line }) => `${path}:${line}: ${what} is ambient; take it through a port (Clock, Rng, settings)`);
}
