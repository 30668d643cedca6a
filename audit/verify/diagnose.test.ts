import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GENESIS_HASH } from '../log/entry.ts';
import { growFrontier } from '../merkle/frontier.ts';
import { type HashHex, leafHash } from '../merkle/hash.ts';
import { diagnose, type Diagnosis, type Stretch, type SuspectLine } from './diagnose.ts';

const hashOf = (text: string): HashHex => leafHash(Buffer.from(text));
const BEFORE_COUNT = 3;

type InOneRun = Omit<Stretch, 'runs'> & { readonly lines: readonly SuspectLine[] };

/** The tree before the stretch, and a stretch of `count` good lines behind it. */
function good(count: number, beforeCount = BEFORE_COUNT) {
  const frontier = growFrontier();
  let tip = GENESIS_HASH;
  for (let index = 0; index < beforeCount; index += 1) {
    tip = hashOf(`entry ${index}`);
    frontier.append(tip);
  }
  const before = frontier.snapshot();
  const tipBefore = tip;
  const lines: SuspectLine[] = [];
  for (let index = beforeCount; index < beforeCount + count; index += 1) {
    const hash = hashOf(`entry ${index}`);
    lines.push({ hash, frame: { index, prevHash: tip } });
    frontier.append(hash);
    tip = hash;
  }
  return { before, tipBefore, lines, signed: { size: frontier.size(), root: frontier.root(), tip } };
}

/** The text of the entry changes; its frame and all other lines stay. */
const changed = (lines: readonly SuspectLine[], position: number): SuspectLine[] =>
  lines.map((line, at) => (at === position ? { ...line, hash: hashOf(`changed ${at}`) } : line));
const unreadable = (lines: readonly SuspectLine[], position: number): SuspectLine[] =>
  lines.map((line, at) => (at === position ? { hash: hashOf(`torn ${at}`), frame: undefined } : line));
/** The entry names another hash for the entry before it: so its own hash changes too. */
const claiming = (lines: readonly SuspectLine[], position: number, prevHash: string): SuspectLine[] =>
  changed(lines, position).map((line, at) =>
    at === position && line.frame !== undefined ? { ...line, frame: { ...line.frame, prevHash } } : line,
  );
/** In two runs, because the files of a log are read in pieces. */
const diagnosed = ({ lines, ...stretch }: InOneRun): Promise<Diagnosis> =>
  diagnose({ ...stretch, runs: [lines.slice(0, 2), lines.slice(2)] });
const found = async (stretch: InOneRun) => {
  const { code, position } = await diagnosed(stretch);
  return [code, position];
};

for (let position = 0; position < 4; position += 1) {
  test(`diagnose: is certain of entry ${position} of 4 by the signed root, when its text was changed or torn`, async () => {
    const stretch = good(4);
    const verdict = await diagnosed({ ...stretch, lines: changed(stretch.lines, position) });
    assert.deepEqual([verdict.code, verdict.position], ['ENTRY_CHANGED', position]);
    assert.equal(verdict.message, 'the entry is not the one that was signed');
    const torn = await diagnosed({ ...stretch, lines: unreadable(stretch.lines, position) });
    assert.deepEqual([torn.code, torn.position, torn.message], ['ENTRY_MALFORMED', position, verdict.message]);
  });

  test(`diagnose: is certain of entry ${position} of 4 by the signed root, when it names another hash for the entry before`, async () => {
    const stretch = good(4);
    const verdict = await diagnosed({ ...stretch, lines: claiming(stretch.lines, position, hashOf('elsewhere')) });
    assert.deepEqual(verdict, { code: 'ENTRY_CHANGED', position, message: 'the entry is not the one that was signed' });
  });
}

test('diagnose: does not believe a claim that is not spelt as a hash', async () => {
  const stretch = good(4);
  const upper = (stretch.lines[1]?.frame?.prevHash ?? '').toUpperCase();
  assert.deepEqual(await found({ ...stretch, lines: claiming(stretch.lines, 1, upper) }), ['ENTRY_CHANGED', 1]);
});

test('diagnose: names the first of two changed entries', async () => {
  const stretch = good(5);
  assert.deepEqual(await found({ ...stretch, lines: changed(changed(stretch.lines, 1), 3) }), ['ENTRY_CHANGED', 1]);
});

test('diagnose: is certain of the first of two changed entries that follow each other', async () => {
  const stretch = good(5);
  const verdict = await diagnosed({ ...stretch, lines: changed(changed(stretch.lines, 1), 2) });
  assert.deepEqual(verdict, { code: 'ENTRY_CHANGED', position: 1, message: 'the entry is not the one that was signed' });
});

test('diagnose: reads no further than the first bad entry of an unsigned tail, and the two lines behind the entry', async () => {
  const { signed: _, lines, ...tail } = good(5);
  const torn = unreadable(lines, 1);
  function* runs(): Generator<readonly SuspectLine[]> {
    yield torn.slice(0, 4);
    assert.fail('expected no more reading');
  }
  assert.equal((await diagnose({ ...tail, runs: runs() })).position, 1);
});

test('diagnose: says that the history was written again, when the lines agree with each other and not with the root', async () => {
  const stretch = good(3);
  let tip = stretch.tipBefore;
  const lines = stretch.lines.map((_, at) => {
    const line = { hash: hashOf(`forged ${at}`), frame: { index: BEFORE_COUNT + at, prevHash: tip } };
    tip = line.hash;
    return line;
  });
  const verdict = await diagnosed({ ...stretch, lines });
  assert.deepEqual([verdict.code, verdict.position], ['HISTORY_REWRITTEN', 0]);
  assert.match(verdict.message, /^one of the entries 3 to 5 was changed/);
});

test('diagnose: names the place of a line that is not an entry, of another index, and of a hole in a stream', async () => {
  const { signed: _, ...tail } = good(4);
  const torn = await diagnosed({ ...tail, lines: unreadable(tail.lines, 2) });
  assert.deepEqual([torn.code, torn.position, torn.message], ['ENTRY_MALFORMED', 2, 'expected entry 5, found another text']);
  const moved = await diagnosed({ ...tail, lines: tail.lines.toSpliced(1, 1) });
  assert.deepEqual([moved.code, moved.position, moved.message], ['ENTRY_OUT_OF_PLACE', 1, 'expected entry 4, found entry 5']);
  const holed = tail.lines.map((line, at) => (at === 2 ? { ...line, succession: 'expected sequence 4' } : line));
  const hole = await diagnosed({ ...tail, lines: holed });
  assert.deepEqual([hole.code, hole.position, hole.message], ['STREAM_DISCONTINUOUS', 2, 'expected sequence 4']);
});

test('diagnose: names the first line that is missing under a checkpoint', async () => {
  const stretch = good(4);
  const verdict = await diagnosed({ ...stretch, lines: stretch.lines.slice(0, 3) });
  assert.deepEqual([verdict.code, verdict.position], ['ENTRY_MISSING', 3]);
  assert.equal(verdict.message, 'expected 7 entries under the checkpoint, found 6');
});

test('diagnose: does not call the history rewritten for an entry too many', async () => {
  const stretch = good(4);
  const doubled = [...stretch.lines.slice(0, 2), ...stretch.lines.slice(1)];
  assert.deepEqual(await found({ ...stretch, lines: doubled }), ['ENTRY_OUT_OF_PLACE', 2]);
});

test('diagnose: blames the entry before a broken link, when the next entries agree with the one behind it', async () => {
  const { signed: _, ...tail } = good(4);
  for (const position of [0, 1, 2]) {
    const verdict = await diagnosed({ ...tail, lines: changed(tail.lines, position) });
    assert.deepEqual([verdict.code, verdict.position], ['ENTRY_CHANGED', position]);
    assert.equal(verdict.message, 'the next entry names another hash for this one');
  }
});

test('diagnose: blames the entry itself, when the next entry does not agree with it', async () => {
  const { signed: _, ...tail } = good(4);
  for (const position of [1, 2]) {
    const verdict = await diagnosed({ ...tail, lines: claiming(tail.lines, position, hashOf('elsewhere')) });
    assert.deepEqual([verdict.code, verdict.position], ['ENTRY_CHANGED', position]);
    assert.equal(verdict.message, 'prevHash is not the hash of the entry before it');
  }
});

test('diagnose: blames the first entry behind a checkpoint, because the entry before is proven', async () => {
  const { signed: _, ...tail } = good(3);
  assert.deepEqual(await found({ ...tail, lines: claiming(tail.lines, 0, hashOf('elsewhere')) }), ['ENTRY_CHANGED', 0]);
});

test('diagnose: blames the first entry behind a checkpoint, although the next entry agrees with it', async () => {
  const { signed: _, ...tail } = good(2);
  const [first, second] = claiming(tail.lines, 0, hashOf('elsewhere'));
  const lines = [first!, { ...second!, frame: { index: BEFORE_COUNT + 1, prevHash: first!.hash } }];
  const verdict = await diagnosed({ ...tail, lines });
  assert.deepEqual(verdict, { code: 'ENTRY_CHANGED', position: 0, message: 'prevHash is not the hash of the entry before it' });
});

test('diagnose: blames the entry before the last one of a tail, which no line vouches for', async () => {
  const { signed: _, ...tail } = good(3);
  assert.deepEqual(await found({ ...tail, lines: claiming(tail.lines, 2, hashOf('elsewhere')) }), ['ENTRY_CHANGED', 1]);
});

test('diagnose: lets the signed tip vouch for the last entry under a checkpoint, when lines are missing before it', async () => {
  // Two entries were taken out and the rest numbered anew: the root cannot be asked, because the stretch is not whole.
  const stretch = good(4);
  const cut = stretch.lines.slice(0, 3);
  assert.deepEqual(await found({ ...stretch, lines: claiming(cut, 2, hashOf('elsewhere')) }), ['ENTRY_CHANGED', 2]);
  const without = { ...stretch, lines: [...stretch.lines, { hash: hashOf('more'), frame: undefined }] };
  assert.deepEqual(await found({ ...without, lines: changed(without.lines, 2) }), ['ENTRY_CHANGED', 2]);
});

test('diagnose: works from an empty tree', async () => {
  const stretch = good(2, 0);
  assert.deepEqual(await found({ ...stretch, lines: changed(stretch.lines, 0) }), ['ENTRY_CHANGED', 0]);
  assert.deepEqual(await found({ ...stretch, lines: [] }), ['ENTRY_MISSING', 0]);
});
