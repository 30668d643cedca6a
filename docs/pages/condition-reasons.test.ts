import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CONDITION_REASONS } from '@flotilla/contracts/conditions/condition-reasons.ts';
import { CONDITION_TYPES } from '@flotilla/contracts/conditions/reason-entry.ts';
import { conditionReasonsPage } from './condition-reasons.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Folders whose code writes conditions, or reports problems that become conditions. */
const WRITERS = ['operator', 'gateway', 'agents', 'contracts/access', 'contracts/resources'];

function sourceOf(folder: string): string {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.includes('node_modules'))
    .map((path) => readFileSync(join(ROOT, folder, path), 'utf8'))
    .join('\n');
}

/** Names that no code writes. */
function unwritten(names: readonly string[], source: string): readonly string[] {
  return names.filter((name) => !source.includes(`'${name}'`));
}

test('CONDITION_REASONS: lists no reason and no condition type that no code writes', () => {
  const source = WRITERS.map(sourceOf).join('\n');
  const names = [...Object.values(CONDITION_REASONS).flatMap((reasons) => Object.keys(reasons)), ...Object.keys(CONDITION_TYPES)];
  assert.deepEqual(unwritten([...new Set(names)], source), []);
  assert.deepEqual(unwritten(['NeverWritten'], source), ['NeverWritten']);
});

test('conditionReasonsPage: has a section for each kind, and a row for each reason', () => {
  const sections = conditionReasonsPage().split(/^## /m);
  for (const [kind, reasons] of Object.entries(CONDITION_REASONS)) {
    const section = sections.find((text) => text.startsWith(`${kind}\n`)) ?? '';
    const rows = [...section.matchAll(/^\| `(\w+)` \| (`\w+=\w+`(?:, `\w+=\w+`)*) \| [^|]+\. \| [^|]+\. \|$/gm)].map(
      ([, reason]) => reason,
    );
    assert.deepEqual(rows, Object.keys(reasons), kind);
  }
});
