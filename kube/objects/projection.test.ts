import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { project, sameWithin } from './projection.ts';
import { sameJson } from './same-json.ts';

const cases: readonly { readonly what: string; readonly live: unknown; readonly shape: unknown; readonly want: unknown }[] = [
  { what: 'leaves out what the shape does not name', live: { a: 1, b: 2 }, shape: { a: 0 }, want: { a: 1 } },
  { what: 'goes deep', live: { a: { b: 1, c: 2 } }, shape: { a: { b: 9 } }, want: { a: { b: 1 } } },
  { what: 'shows a missing field as undefined', live: {}, shape: { a: 1 }, want: { a: undefined } },
  {
    what: 'matches lists by name, so that defaults and what others added do not show',
    live: [
      { name: 'other', x: 0 },
      { name: 'ours', x: 1, default: true },
    ],
    shape: [{ name: 'ours', x: 9 }],
    want: [{ name: 'ours', x: 1 }],
  },
  { what: 'shows a list item that is gone as null', live: [], shape: [{ name: 'ours' }], want: [null] },
  {
    what: 'matches conditions by type',
    live: [{ type: 'A', s: 1 }, { type: 'B' }],
    shape: [{ type: 'A', s: 2 }],
    want: [{ type: 'A', s: 1 }],
  },
  { what: 'matches plain lists by position', live: [{ a: 1, b: 2 }], shape: [{ a: 9 }], want: [{ a: 1 }] },
  { what: 'shows the whole of a list of another length', live: ['a', 'b'], shape: ['a'], want: ['a', 'b'] },
  { what: 'shows another type as it is', live: 'text', shape: { a: 1 }, want: 'text' },
  { what: 'shows another type in place of a list as it is', live: { a: 1 }, shape: ['a'], want: { a: 1 } },
];

for (const { what, live, shape, want } of cases) test(`project: ${what}`, () => assert.deepEqual(project(live, shape), want));

test('sameWithin: agrees with a comparison of both projections', () => {
  // Few keys and values, so that they often meet.
  const { tree: json } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 3 }, fc.constantFrom(1, 2, 'a', null), fc.array(tie('tree'), { maxLength: 2 }), tie('object')),
    object: fc.record({ name: fc.constantFrom('x', 'y'), a: tie('tree'), b: tie('tree') }, { requiredKeys: [] }),
  }));
  let same = 0;
  fc.assert(
    fc.property(json, json, json, (shape, left, right) => {
      const expected = sameJson(project(left, shape), project(right, shape));
      same += Number(expected);
      assert.equal(sameWithin(shape, left, right), expected);
    }),
    { numRuns: 5_000 },
  );
  assert.ok(same > 200, `${same} of 5,000 were the same`);
});
