import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { readRecord, readRecordBytes, UNKNOWN_FIELDS_MAX } from './read-record.ts';
import { execConfigSchema } from '../control/exec-config.ts';
import { haltRecordSchema } from '../control/halt.ts';
import { killSwitchSpecSchema } from '../resources/kill-switch.ts';
import { strategySpecSchema } from '../resources/strategy.ts';

const inner = z.strictObject({ name: z.string(), size: z.int().min(1).optional() });
const schema = z.strictObject({
  version: z.literal(1),
  list: z.array(inner).max(2),
  map: z.record(z.string(), inner).optional(),
  choice: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('A'), a: z.string() }),
    z.strictObject({ type: z.literal('B'), b: inner }),
  ]),
  mode: z.enum(['x', 'y']).default('x'),
});
const VALUE = { version: 1, list: [{ name: 'n' }], choice: { type: 'B', b: { name: 'b' } } } as const;

test('readRecord: keeps and names unknown fields, when they stand at any depth', () => {
  const value = {
    ...VALUE,
    later: 1,
    list: [{ name: 'n', colour: 'red' }],
    map: { k: { name: 'm', shape: [] } },
    choice: { type: 'B', b: { name: 'b', weight: null } },
  };
  const read = readRecord(schema, value);
  assert.deepEqual(read, {
    ok: true,
    value: { ...value, mode: 'x' },
    unknownFields: ['list.0.colour', 'choice.b.weight', 'later', 'map.k.shape'],
  });
});

for (const [reason, value] of [
  ['a known field has another type', { ...VALUE, list: [{ name: 1 }] }],
  ['a known field is outside its bounds', { ...VALUE, list: [{ name: 'n', size: 0, later: 1 }] }],
  ['a required field is not there', { ...VALUE, list: [{ later: 1 }] }],
  ['an array is longer than its bound', { ...VALUE, list: [{ name: '1' }, { name: '2' }, { name: '3' }] }],
  ['an enum has a value of a later version', { ...VALUE, mode: 'z' }],
  ['a union has a member of a later version', { ...VALUE, choice: { type: 'C' } }],
  ['it is not an object', null],
] as const) {
  test(`readRecord: refuses, when ${reason}`, () => {
    const read = readRecord(schema, value);
    assert.equal(read.ok, false);
    assert.ok(!read.ok && read.problem.length > 5);
  });
}

test('readRecord: names a bounded number of unknown fields, when there are more', () => {
  const more = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`f${index}`, index]));
  const read = readRecord(schema, { ...VALUE, ...more });
  assert.ok(read.ok && read.unknownFields.length === UNKNOWN_FIELDS_MAX);
});

test('readRecordBytes: refuses bytes that are not UTF-8 JSON', () => {
  assert.equal(readRecordBytes(schema, new TextEncoder().encode('{')).ok, false);
  assert.equal(readRecordBytes(schema, Uint8Array.of(0xff)).ok, false);
});

test('readRecord: gives what the strict schema gives, when nothing is unknown', () => {
  const record = { schemaVersion: 1, portfolio: 'main', generation: 3, state: 'RELEASED', writtenAt: '2026-11-29T00:00:00.000Z' };
  assert.deepEqual(readRecord(haltRecordSchema, record), { ok: true, value: haltRecordSchema.parse(record), unknownFields: [] });
  assert.deepEqual(readRecord(schema, VALUE), { ok: true, value: schema.parse(VALUE), unknownFields: [] });
});

test('readRecord: opens the schemas that versions meet in', () => {
  const killSwitch = {
    scope: { type: 'Portfolios', portfolios: [{ namespace: 'a', name: 'b', cell: 1 }] },
    mode: 'CancelAndHold',
    reason: 'r',
    releases: [],
  };
  const read = readRecord(killSwitchSpecSchema, killSwitch);
  assert.deepEqual(read.ok && [read.unknownFields, read.value.scope.type], [['scope.portfolios.0.cell', 'releases'], 'Portfolios']);
  assert.equal(readRecord(strategySpecSchema, { later: 1 }).ok, false);
  assert.equal(readRecord(execConfigSchema, { schemaVersion: 2 }).ok, false);
});
