/** Fields of schemas as the reference pages show them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { table } from './markdown.ts';
import { fieldsOf } from './schema-fields.ts';

test('fieldsOf: shows every field at every depth with its bounds, default and description', () => {
  const schema = z.strictObject({
    size: z.int().min(1).max(9).describe('How many.'),
    mode: z.enum(['A', 'B']).default('A').describe('Which.'),
    list: z
      .array(z.strictObject({ name: z.string().max(5) }))
      .max(3)
      .optional(),
    choice: z.union([z.strictObject({ type: z.literal('X'), x: z.string() }), z.strictObject({ type: z.literal('Y'), y: z.string() })]),
    map: z.record(z.string(), z.strictObject({ deep: z.boolean() })).optional(),
  });
  const rows = fieldsOf(schema, 'spec').map(({ path, type, presence, description }) => [path, type, presence, description]);
  assert.deepEqual(rows, [
    ['spec.size', 'integer, 1 to 9', 'required', 'How many.'],
    ['spec.mode', '`"A"` `"B"`', 'default `"A"`', 'Which.'],
    ['spec.list', 'array of object, at most 3', '', ''],
    ['spec.list[].name', 'string, at most 5 characters', 'required', ''],
    ['spec.choice', 'object', 'required', ''],
    ['spec.choice.type', '`"Y"`', 'required', ''],
    ['spec.choice.x', 'string', 'required', ''],
    ['spec.choice.y', 'string', 'required', ''],
    ['spec.map', 'object', '', ''],
    ['spec.map.<name>.deep', 'boolean', 'required', ''],
  ]);
});

test('table: escapes what would end a cell', () => {
  assert.equal(table(['a'], [['x|y\nz']]), '| a |\n| --- |\n| x\\|y z |');
});
