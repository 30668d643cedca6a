import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { COLOURED, PLAIN, styleFor } from './style.ts';
import { formatTable } from './table.ts';

test('formatTable: aligns text on the left and numbers on the right, without blanks at line ends', () => {
  const text = formatTable(
    [{ title: 'NAME' }, { title: 'COUNT', align: 'right' }, { title: 'WHY' }],
    [
      ['momentum', '7', ''],
      ['a', '1,234,567', 'because'],
    ],
  );
  assert.equal(text, ['NAME          COUNT  WHY', 'momentum          7', 'a         1,234,567  because'].join('\n'));
});

test('formatTable: keeps its columns, when cells are coloured', () => {
  const plain = formatTable([{ title: 'STATE' }, { title: 'N', align: 'right' }], [['ACTIVE', '1']]);
  const coloured = formatTable([{ title: 'STATE' }, { title: 'N', align: 'right' }], [[COLOURED.good('ACTIVE'), COLOURED.bad('1')]]);
  assert.equal(stripVTControlCharacters(coloured), plain);
});

test('styleFor: colours on a terminal alone, and never with NO_COLOR', () => {
  assert.equal(styleFor(true, {}), COLOURED);
  assert.equal(styleFor(true, { NO_COLOR: '' }), COLOURED, 'an empty NO_COLOR is none');
  assert.equal(styleFor(true, { NO_COLOR: '1' }), PLAIN);
  assert.equal(styleFor(true, { TERM: 'dumb' }), PLAIN);
  assert.equal(styleFor(false, {}), PLAIN);
});
