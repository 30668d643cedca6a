import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fencedCommands } from './fenced-commands.ts';

test('fencedCommands: takes only sh blocks, with their line numbers', () => {
  const page = ['text', '```sh', 'make up', 'make down', '```', '```', 'output', '```', '```sh', 'true', '```'].join('\n');
  assert.deepEqual(fencedCommands(page), [
    { line: 2, text: 'make up\nmake down' },
    { line: 9, text: 'true' },
  ]);
});
