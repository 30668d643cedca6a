import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unknownSource } from './require-known-source.ts';

for (const [when, report, found] of [
  ['the gateway serves others', { sources: [{ name: 'b' }, { name: 'a' }] }, 'sources a, b alone'],
  ['the gateway serves none', { sources: [] }, 'none'],
  ['no gateway has ever reported', undefined, 'no report of any gateway'],
] as const) {
  test(`unknownSource: says what was expected, what was found and what to do, when ${when}`, () => {
    const problem = unknownSource(report, 'btc');
    assert.equal(problem?.message, `expected a gateway that serves SignalSource btc, found ${found}`);
    assert.match(problem?.hint ?? '', /Correct the name/);
  });
}

test('unknownSource: is undefined for a source that the gateway reports, even with a problem', () => {
  const sources = [{ name: 'btc', problem: { reason: 'DatasetUnusable', message: 'no file' } }];
  assert.equal(unknownSource({ sources }, 'btc'), undefined);
});
