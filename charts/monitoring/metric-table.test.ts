import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { METRICS, type MetricDefinition } from './metric-table.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDERS = ['runtime', 'kube', 'operator', 'gateway', 'agents', 'exec', 'audit'];
const MADE = /\b(counter|gauge|histogram)\(\s*'([a-z][a-z0-9_]+)'/g;

/** Name and type of every metric that the sources of the services make. */
function metricsOfSources(): ReadonlyMap<string, string> {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/\.test\.ts$|(^|\/)testing\/|node_modules/.test(name))
      .map((name) => readFileSync(join(ROOT, folder, name), 'utf8')),
  );
  return new Map(files.flatMap((text) => [...text.matchAll(MADE)].map(([, type = '', name = '']) => [name, type] as const)));
}

test('METRICS: names every metric of the sources with its type, and no other', () => {
  const own = Object.entries<MetricDefinition>(METRICS).filter(([, definition]) => definition.builtIn !== true);
  const table = Object.fromEntries(own.map(([name, { type }]) => [name, type]));
  const sources = Object.fromEntries(metricsOfSources());
  assert.deepEqual(sorted(table), sorted(sources));
});

test('METRICS: holds what Prometheus expects of names: counters end with _total, durations with _seconds', () => {
  for (const [name, { type }] of Object.entries<MetricDefinition>(METRICS)) {
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    assert.ok(type !== 'histogram' || name.endsWith('_seconds'), name);
  }
});

function sorted(record: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(record)
    .map(([name, type]) => `${type} ${name}`)
    .toSorted();
}
