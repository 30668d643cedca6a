import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { schemaFromZod } from './schema-from-zod.ts';
import { UnrepresentableError } from './unrepresentable-error.ts';

const ascii = z
  .string()
  .max(8)
  .regex(/^[a-z]+$/);
const field = (schema: z.ZodType): z.ZodType => z.strictObject({ f: schema.describe('A field.') });

let calls = 0;

function containsItself(): z.ZodType {
  const node = z.strictObject({
    get next() {
      return node.optional().describe('The next one.');
    },
  });
  return node;
}

const represented: readonly { readonly reason: string; readonly schema: z.ZodType; readonly want: object }[] = [
  {
    reason: 'text with its bounds and pattern',
    schema: ascii.min(2),
    want: { type: 'string', minLength: 2, maxLength: 8, pattern: '^[a-z]+$' },
  },
  {
    reason: 'a small integer is an int32',
    schema: z.int().min(1).max(9),
    want: { type: 'integer', format: 'int32', minimum: 1, maximum: 9 },
  },
  {
    reason: 'a large integer is an int64',
    schema: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
    want: { type: 'integer', format: 'int64', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  },
  {
    reason: 'an exclusive bound',
    schema: z.number().gt(0).max(1),
    want: { type: 'number', minimum: 0, exclusiveMinimum: true, maximum: 1 },
  },
  { reason: 'choices', schema: z.enum(['A', 'B']), want: { type: 'string', enum: ['A', 'B'] } },
  { reason: 'a single choice', schema: z.literal('A'), want: { type: 'string', enum: ['A'] } },
  {
    reason: 'a list',
    schema: z.array(z.boolean()).min(1).max(3),
    want: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'boolean' } },
  },
  {
    reason: 'a bounded map of anything',
    schema: z
      .record(z.string(), z.unknown())
      .refine((value) => Object.keys(value).length <= 2)
      .meta({ maxProperties: 2 }),
    want: { type: 'object', maxProperties: 2, additionalProperties: { 'x-kubernetes-preserve-unknown-fields': true } },
  },
  {
    reason: 'a refinement with its twin',
    schema: ascii.refine((text) => text !== 'no').meta({ 'x-kubernetes-validations': [{ rule: "self != 'no'", message: 'not no' }] }),
    want: { type: 'string', maxLength: 8, pattern: '^[a-z]+$', 'x-kubernetes-validations': [{ rule: "self != 'no'", message: 'not no' }] },
  },
];

for (const { reason, schema, want } of represented) {
  test(`schemaFromZod: represents ${reason}`, () => {
    assert.deepEqual(schemaFromZod(field(schema)), {
      type: 'object',
      required: ['f'],
      properties: { f: { ...want, description: 'A field.' } },
    });
  });
}

test('schemaFromZod: an optional or defaulted field is not required, and a default is carried over', () => {
  const schema = z.strictObject({
    given: ascii.describe('One.'),
    absent: ascii.optional().describe('Two.'),
    filled: z.int().min(0).max(5).default(3).describe('Three.'),
  });
  const converted = schemaFromZod(schema);
  assert.deepEqual(converted.required, ['given']);
  assert.equal(converted.properties?.['filled']?.default, 3);
});

test('schemaFromZod: a description outside .optional() wins over one inside', () => {
  const converted = schemaFromZod(z.strictObject({ f: ascii.describe('Inner.').optional().describe('Outer.') }));
  assert.equal(converted.properties?.['f']?.description, 'Outer.');
});

const refused: readonly { readonly reason: string; readonly schema: z.ZodType; readonly message: RegExp }[] = [
  { reason: 'a refinement without a twin', schema: field(ascii.refine(() => true)), message: /f: a refinement needs a twin/ },
  { reason: 'a check by superRefine', schema: field(ascii.superRefine(() => undefined)), message: /twin/ },
  { reason: 'a transform', schema: field(ascii.transform(Number)), message: /cannot represent pipe/ },
  { reason: 'a preprocess', schema: field(z.preprocess((value) => value, ascii)), message: /cannot represent (pipe|transform|preprocess)/ },
  { reason: 'a catch', schema: field(ascii.catch('a')), message: /cannot represent catch/ },
  { reason: 'a union', schema: field(z.union([ascii, z.boolean()])), message: /cannot represent union/ },
  {
    reason: 'a discriminated union',
    schema: field(z.discriminatedUnion('k', [z.strictObject({ k: z.literal('a') })])),
    message: /cannot represent union/,
  },
  { reason: 'an intersection', schema: field(z.intersection(ascii, ascii)), message: /cannot represent intersection/ },
  { reason: 'a tuple', schema: field(z.tuple([ascii])), message: /cannot represent tuple/ },
  { reason: 'a date', schema: field(z.date()), message: /cannot represent date/ },
  { reason: 'a bigint', schema: field(z.bigint()), message: /cannot represent bigint/ },
  { reason: 'a map', schema: field(z.map(z.string(), ascii)), message: /cannot represent map/ },
  { reason: 'a set', schema: field(z.set(ascii)), message: /cannot represent set/ },
  { reason: 'recursion', schema: field(z.lazy(() => ascii)), message: /cannot represent lazy/ },
  { reason: 'a schema that contains itself', schema: field(containsItself()), message: /a schema that contains itself/ },
  { reason: 'a coercion to a number', schema: field(z.coerce.number().min(0).max(1)), message: /leave out coerce/ },
  { reason: 'a coercion to text', schema: field(z.coerce.string().max(5).regex(/^a$/)), message: /leave out coerce/ },
  { reason: 'a coercion to a boolean', schema: field(z.coerce.boolean()), message: /leave out coerce/ },
  { reason: 'a default that its schema refuses', schema: field(ascii.default('A1')), message: /no default that its own schema refuses/ },
  {
    reason: 'a default that changes',
    schema: field(ascii.default(() => `a${'a'.repeat((calls += 1) % 5)}`)),
    message: /cannot compute a default/,
  },
  {
    reason: 'a default without the defaults within',
    schema: field(z.strictObject({ g: ascii.default('a').describe('G.') }).default({} as { g: string })),
    message: /adds the defaults within a default/,
  },
  { reason: 'a default for the input', schema: field(ascii.prefault('a')), message: /cannot represent prefault/ },
  { reason: 'a record of choices', schema: field(z.record(z.enum(['a']), ascii)), message: /keys of a map/ },
  { reason: 'a promise', schema: field(z.promise(ascii)), message: /cannot represent promise/ },
  { reason: 'a file', schema: field(z.file()), message: /cannot represent file/ },
  { reason: 'what is read-only', schema: field(ascii.readonly()), message: /cannot represent readonly/ },
  { reason: 'a template of text', schema: field(z.templateLiteral(['a', z.number()])), message: /cannot represent template_literal/ },
  { reason: 'not a number', schema: field(z.nan()), message: /cannot represent nan/ },
  { reason: 'nothing at all', schema: field(z.null()), message: /cannot represent null/ },
  { reason: 'what is never there', schema: field(z.undefined()), message: /cannot represent undefined/ },
  { reason: 'an instance of a class', schema: field(z.instanceof(Uint8Array)), message: /cannot represent custom/ },
  { reason: 'a moment of ISO 8601', schema: field(z.iso.datetime().max(30)), message: /string format datetime/ },
  { reason: 'text with a beginning', schema: field(z.string().max(5).startsWith('a')), message: /string format starts_with/ },
  { reason: 'a 32-bit integer by its name', schema: field(z.int32().min(0).max(1)), message: /number format int32/ },
  { reason: 'null', schema: field(ascii.nullable()), message: /cannot represent nullable/ },
  { reason: 'anything', schema: field(z.any()), message: /cannot represent any/ },
  { reason: 'a choice that is not text', schema: field(z.literal(1)), message: /choices of text, found 1/ },
  { reason: 'named fields beside unknown ones', schema: z.looseObject({}), message: /cannot keep unknown fields/ },
  { reason: 'text without a largest length', schema: field(z.string().regex(/^[a-z]+$/)), message: /needs a largest length/ },
  { reason: 'text whose length the two sides count differently', schema: field(z.string().max(5)), message: /code points/ },
  { reason: 'a pattern beyond ASCII', schema: field(z.string().max(5).regex(/^.+$/)), message: /outside ASCII/ },
  {
    reason: 'a negated class',
    schema: field(
      z
        .string()
        .max(5)
        .regex(/^[^a]+$/),
    ),
    message: /outside ASCII/,
  },
  {
    reason: 'a pattern with a look-ahead',
    schema: field(
      z
        .string()
        .max(5)
        .regex(/^(?=a)a$/),
    ),
    message: /group other than a plain one/,
  },
  {
    reason: 'a pattern with a back reference',
    schema: field(
      z
        .string()
        .max(5)
        .regex(/^(a)\1$/),
    ),
    message: /back reference/,
  },
  { reason: 'a pattern with flags', schema: field(z.string().max(5).regex(/^a$/i)), message: /flags \(i\)/ },
  { reason: 'a pattern that is open at an end', schema: field(z.string().max(5).regex(/a$/)), message: /no \^ and \$/ },
  { reason: 'two patterns', schema: field(ascii.regex(/^[a-b]+$/)), message: /one pattern/ },
  { reason: 'an e-mail address', schema: field(z.email().max(9)), message: /string format email/ },
  { reason: 'text that is changed on the way', schema: field(ascii.trim()), message: /check overwrite/ },
  { reason: 'a number without bounds', schema: field(z.number().min(0)), message: /smallest and a largest value/ },
  { reason: 'a 32-bit float', schema: field(z.float32().min(0).max(1)), message: /number format float32/ },
  { reason: 'a step', schema: field(z.number().min(0).max(1).multipleOf(0.1)), message: /check multiple_of/ },
  { reason: 'a list without a largest length', schema: field(z.array(ascii)), message: /needs a largest length/ },
  { reason: 'a map without a bound', schema: field(z.record(z.string(), ascii)), message: /largest number of entries/ },
  { reason: 'a map with checked keys', schema: field(z.record(ascii, ascii)), message: /keys of a map/ },
  { reason: 'a field without a description', schema: z.strictObject({ f: ascii }), message: /f: needs \.describe/ },
  { reason: 'metadata without meaning', schema: field(ascii.meta({ title: 'x' })), message: /metadata title/ },
];

for (const { reason, schema, message } of refused) {
  test(`schemaFromZod: refuses ${reason}`, () => {
    assert.throws(
      () => schemaFromZod(schema),
      (error) => error instanceof UnrepresentableError && message.test(error.message),
    );
  });
}
