import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coalesce, type WatchLine } from './coalesce.ts';

const line = (type: WatchLine['event']['type'], name: string, resourceVersion: number): WatchLine => {
  const event = { type, object: { metadata: { name, resourceVersion } } };
  return { text: JSON.stringify(event), event };
};
const told = (lines: readonly WatchLine[]): readonly string[] =>
  coalesce(lines).map(({ text }) => {
    const { type, object } = JSON.parse(text) as { type: string; object: { metadata: { name: string; resourceVersion: number } } };
    return `${type} ${object.metadata.name}@${object.metadata.resourceVersion}`;
  });

for (const [reason, lines, expected] of [
  ['it came and changed', [line('ADDED', 'a', 1), line('MODIFIED', 'a', 2)], ['ADDED a@2']],
  ['it changed twice', [line('MODIFIED', 'a', 1), line('MODIFIED', 'a', 2)], ['MODIFIED a@2']],
  ['it came and went', [line('ADDED', 'a', 1), line('DELETED', 'a', 2)], []],
  ['it changed and went', [line('MODIFIED', 'a', 1), line('DELETED', 'a', 2)], ['DELETED a@2']],
  ['another took its place', [line('DELETED', 'a', 1), line('ADDED', 'a', 2)], ['MODIFIED a@2']],
  [
    'there are two, in the order of their last events',
    [line('ADDED', 'a', 1), line('ADDED', 'b', 2), line('MODIFIED', 'a', 3)],
    ['ADDED b@2', 'ADDED a@3'],
  ],
] as const) {
  test(`coalesce: gives one event with the same result, when ${reason}`, () => assert.deepEqual(told(lines), expected));
}
