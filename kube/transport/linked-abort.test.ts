import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { linkedAbort } from './linked-abort.ts';

test('linkedAbort: aborts with the reason of the first parent that aborts, at once when a parent has aborted already', () => {
  const first = new AbortController();
  const second = new AbortController();
  const link = linkedAbort([first.signal, undefined, second.signal]);
  assert.equal(link.signal.aborted, false);
  const reason = new Error('second');
  second.abort(reason);
  first.abort(new Error('first'));
  assert.equal(link.signal.reason, reason);
  assert.equal(linkedAbort([second.signal]).signal.reason, reason);
});

test('linkedAbort: leaves no listener on its parents, when it has ended', () => {
  const { signal } = new AbortController();
  const links = [linkedAbort([signal]), linkedAbort([signal])];
  assert.equal(getEventListeners(signal, 'abort').length, 2);
  for (const link of links) link.end();
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  const own = new Error('own');
  links[0]?.abort(own);
  assert.equal(links[0]?.signal.reason, own);
});
