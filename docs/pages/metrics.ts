/** Every metric: its type and labels from the table that dashboards and alerts are held against, its help from the code that makes it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS, type MetricDefinition, SERVICES } from '@flotilla/charts/monitoring/metric-table.ts';
import { code, page, table } from './markdown.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDERS = ['runtime', 'kube', 'operator', 'gateway', 'agents', 'exec', 'audit'] as const;
/** `counter('name', 'help'` as the services write it. */
const MADE = /\b(?:counter|gauge|histogram)\(\s*'([a-z][a-z0-9_]+)',\s*(?:'([^']*)'|"([^"]*)"|`([^`]*)`)/g;

export function metricsPage(): string {
  const help = helpOfSources();
  const rows = Object.entries<MetricDefinition>(METRICS).map(([name, { type, services, labels, builtIn }]) => [
    code(name),
    type,
    services.length === SERVICES.length ? 'all' : services.join(', '),
    labels.map(code).join(' '),
    builtIn === true ? 'From the Prometheus client library.' : (help.get(name) ?? ''),
  ]);
  return page(
    'Metrics',
    'Each service serves its metrics at `/metrics`. Units stand in the names. `docs/how-to/monitor.md` tells how to collect them.',
    table(['metric', 'type', 'services', 'labels', 'means'], rows),
  );
}

function helpOfSources(): ReadonlyMap<string, string> {
  const texts = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/\.test\.ts$|(^|\/)testing\/|node_modules/.test(name))
      .toSorted()
      .map((name) => readFileSync(join(ROOT, folder, name), 'utf8')),
  );
  return new Map(
    texts.flatMap((text) =>
      [...text.matchAll(MADE)].map(([, name = '', ...help]) => [name, help.find((one) => one !== undefined) ?? ''] as const),
    ),
  );
}
