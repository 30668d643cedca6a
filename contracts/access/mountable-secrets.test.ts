import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMountable } from './mountable-secrets.ts';

const LABELS: readonly {
  readonly why: string;
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly mountable: boolean;
}[] = [
  { why: 'the label names signal-source', labels: { 'flotilla.dev/mountable-by': 'signal-source', app: 'desk' }, mountable: true },
  { why: 'the Secret has no labels', labels: undefined, mountable: false },
  { why: 'the Secret has other labels', labels: { app: 'desk' }, mountable: false },
  { why: 'the label is empty', labels: { 'flotilla.dev/mountable-by': '' }, mountable: false },
  { why: 'the label names another kind', labels: { 'flotilla.dev/mountable-by': 'portfolio' }, mountable: false },
  { why: 'the case differs', labels: { 'flotilla.dev/mountable-by': 'Signal-Source' }, mountable: false },
];

for (const { why, labels, mountable } of LABELS) {
  test(`isMountable: is ${mountable}, because ${why}`, () => {
    assert.equal(isMountable({ metadata: labels === undefined ? {} : { labels } }), mountable);
  });
}
