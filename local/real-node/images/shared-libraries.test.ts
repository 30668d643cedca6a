import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLibraries } from './shared-libraries.ts';

test('parseLibraries: names what is found on disk, and the loader', () => {
  const text = [
    '\tlinux-vdso.so.1 (0x00007ffc)',
    '\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f12)',
    '\t/lib64/ld-linux-x86-64.so.2 (0x00007f13)',
  ].join('\n');
  assert.deepEqual(parseLibraries(text), ['/lib/x86_64-linux-gnu/libm.so.6', '/lib64/ld-linux-x86-64.so.2']);
});

test('parseLibraries: finds none, when the program is static', () => {
  assert.deepEqual(parseLibraries('\tnot a dynamic executable\n'), []);
});
