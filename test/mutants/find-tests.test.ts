import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testsReaching } from './find-tests.ts';

const IMPORTS = {
  'exec/a.ts': [],
  'exec/b.ts': ['exec/a.ts'],
  'exec/b.test.ts': ['exec/b.ts'],
  'exec/a.test.ts': ['exec/a.ts'],
  'exec/c.integration.test.ts': ['exec/b.ts'],
  'exec/spawns.integration.test.ts': [],
  'exec/d.kills.test.ts': ['exec/a.ts'],
  'exec/e.test.ts': [],
  'agents/f.test.ts': ['exec/a.ts'],
};
const graph = new Map(Object.entries(IMPORTS).map(([path, targets]) => [path, new Set(targets)] as const));

test('testsReaching: finds tests of the workspace through other files, nearest first, by suite', () => {
  assert.deepEqual(testsReaching(graph, Object.keys(IMPORTS), 'exec/a.ts'), {
    unit: ['exec/a.test.ts', 'exec/b.test.ts'],
    integration: ['exec/c.integration.test.ts'],
    importers: [
      'exec/a.ts',
      'exec/b.ts',
      'exec/a.test.ts',
      'exec/d.kills.test.ts',
      'agents/f.test.ts',
      'exec/b.test.ts',
      'exec/c.integration.test.ts',
    ],
  });
});

test('testsReaching: adds the integration tests that start the service, when the workspace has a main.ts', () => {
  const { integration } = testsReaching(graph, [...Object.keys(IMPORTS), 'exec/main.ts'], 'exec/a.ts');
  assert.deepEqual(integration, ['exec/c.integration.test.ts', 'exec/spawns.integration.test.ts']);
});
