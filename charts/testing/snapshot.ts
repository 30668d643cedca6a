/** Stored renderings, made small: objects in one order, and what is generated from code named instead of repeated. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { CHARTS_DIR, type RenderedObject } from './render-chart.ts';

export const SNAPSHOTS_DIR = join(CHARTS_DIR, 'snapshots');

export function snapshotOf(objects: readonly RenderedObject[]): string {
  const key = ({ kind, metadata }: RenderedObject): string => `${kind}/${metadata.name}`;
  const sorted = [...objects].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return sorted.map((object) => stringify(shortened(object), { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');
}

function shortened(object: RenderedObject): RenderedObject {
  if (object.kind === 'CustomResourceDefinition') return { ...object, spec: '(crds/generated)' };
  if (object.kind !== 'ConfigMap') return object;
  const data = Object.entries(object['data'] as Readonly<Record<string, string>>).map(([name, text]) => [name, sourceOf(text) ?? text]);
  return { ...object, data: Object.fromEntries(data) as unknown };
}

function sourceOf(text: string): string | undefined {
  const generated = readFileSync(join(CHARTS_DIR, 'flotilla', 'files', 'start-redis.sh'), 'utf8');
  return generated.trim() === text.trim() ? '(files/start-redis.sh)' : undefined;
}
