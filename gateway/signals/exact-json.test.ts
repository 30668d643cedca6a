import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseExactJson } from './exact-json.ts';
import { FieldError } from './field-error.ts';

test('parseExactJson: keeps every digit of a number as written', () => {
  for (const source of ['611.87000000000001', '1e400', '-0', '0.10', '99999999999999999999999', '1E-7']) {
    assert.deepEqual(parseExactJson(`{"price": ${source} }`).get('price'), { type: 'number', source });
  }
});

const REFUSED = [
  ['', 'nothing'],
  ['   ', 'nothing'],
  ['{', 'text that is not JSON'],
  ['{"a":NaN}', 'text that is not JSON'],
  ['{"a":Infinity}', 'text that is not JSON'],
  ['{"a":-Infinity}', 'text that is not JSON'],
  ['{"a":+1}', 'text that is not JSON'],
  ['{"a":01}', 'text that is not JSON'],
  ['{"a":1,}', 'text that is not JSON'],
  ['[]', 'an array'],
  ['3', 'a number'],
  ['"a"', 'a string'],
  ['null', 'null'],
  ['{"a":[1]}', 'an array inside it'],
  ['{"a":{"b":1}}', 'an object inside it'],
  ['{"price":1,"price":2}', 'a field that is there twice'],
  ['{"price":1,"pr\\u0069ce":2}', 'a field that is there twice'],
  [`${'['.repeat(30_000)}${']'.repeat(30_000)}`, 'more than 32 levels of nesting'],
  [`{"a":${'['.repeat(33)}`, 'more than 32 levels of nesting'],
  [`{"a":${'{"b":'.repeat(32)}1${'}'.repeat(33)}`, 'more than 32 levels of nesting'],
  [`{"a":${'['.repeat(31)}${']'.repeat(31)}}`, 'an array inside it'],
  ['{"price":{{close}}}', 'the placeholder {{close}}, which the sender did not replace'],
] as const;

for (const [text, found] of REFUSED) {
  test(`parseExactJson: refuses ${JSON.stringify(text.slice(0, 40))}, and says it found ${found}`, () => {
    assert.throws(
      () => parseExactJson(text),
      (error) => error instanceof FieldError && error.field === 'body' && error.found === found,
    );
  });
}

test('parseExactJson: brackets inside strings do not count as nesting', () => {
  assert.deepEqual(parseExactJson(`{"a":"${'['.repeat(100)}"}`).get('a'), { type: 'string', value: '['.repeat(100) });
});

test('parseExactJson: colons and quotes inside values do not make fields', () => {
  const body = parseExactJson('{"a":"x\\":\\"y\\": ","b":"\\\\","__proto__":"z"}');
  assert.deepEqual([...body.keys()], ['a', 'b', '__proto__']);
});

test('parseExactJson: reads back whatever flat object JSON.stringify wrote', () => {
  const value = fc.oneof(fc.string(), fc.boolean(), fc.constant(null), fc.double({ noNaN: true, noDefaultInfinity: true }));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), value), { maxLength: 8 }), (entries) => {
      const object = Object.fromEntries(entries);
      const read = parseExactJson(JSON.stringify(object, undefined, 1));
      assert.equal(read.size, Object.keys(object).length);
      for (const [key, expected] of Object.entries(object)) {
        const found = read.get(key);
        if (typeof expected === 'string') assert.deepEqual(found, { type: 'string', value: expected });
        if (typeof expected === 'number')
          assert.equal(found?.type === 'number' ? Number(found.source) : undefined, expected === 0 ? 0 : expected);
      }
    }),
  );
});

test('parseExactJson: throws nothing but a FieldError, whatever it gets', () => {
  const junk = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.stringMatching(/^[{}[\]",:0-9eE.+\-\\ ntrufalse]{0,60}$/));
  fc.assert(
    fc.property(junk, (text) => {
      try {
        parseExactJson(text);
      } catch (error) {
        assert.ok(error instanceof FieldError, String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});
