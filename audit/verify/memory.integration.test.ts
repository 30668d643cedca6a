/** Verification needs the same memory for a log of any size. `FLOTILLA_AUDIT_LIST_MIB=640` makes the list larger than a string can be. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FILES, segmentName, segmentStart } from '../log/format.ts';
import { composeLog, type ComposedLog, writeComposed } from '../testing/composed-log.ts';
import { writeLargeList } from '../testing/large-list.ts';
import { sampleRecords, temporaryFolder } from '../testing/sample-log.ts';
import type { Finding } from './finding.ts';

const MIB = 1_048_576;
const LIST_MIB = Number(process.env['FLOTILLA_AUDIT_LIST_MIB'] ?? 96);
const HEAP_MIB = 48;
/** Largest difference in memory between two runs of one program. */
const NOISE_MIB = 48;

const temporary = await temporaryFolder();
after(() => temporary.remove());

interface Verified {
  readonly ok: boolean;
  readonly checkpoints: number;
  readonly finding?: Finding;
  readonly rssMib: number;
}

/** Verifies in a process with a small heap. */
function verifyInSmallHeap(folder: string): Verified {
  const script = `
    import { verifyFolder } from ${JSON.stringify(join(import.meta.dirname, 'verify-folder.ts'))};
    const { ok, checkpoints, finding } = await verifyFolder(${JSON.stringify(folder)}, { sealed: true });
    console.log(JSON.stringify({ ok, checkpoints, finding, rssMib: process.resourceUsage().maxRSS / 1_024 }));`;
  const args = [`--max-old-space-size=${HEAP_MIB}`, '--input-type=module', '--eval', script];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Verified;
}

test(`verifyFolder: verifies a list of ${LIST_MIB} MiB in a heap of ${HEAP_MIB} MiB, with the memory that a small list takes`, async () => {
  const [small, large] = [join(temporary.folder, 'small'), join(temporary.folder, 'large')];
  await writeLargeList(small, 8 * MIB);
  const checkpoints = await writeLargeList(large, LIST_MIB * MIB);
  assert.ok((await stat(join(large, FILES.checkpoints))).size >= LIST_MIB * MIB);
  const [first, second] = [verifyInSmallHeap(small), verifyInSmallHeap(large)];
  assert.deepEqual([first.ok, second.ok, second.checkpoints], [true, true, checkpoints]);
  assert.ok(second.rssMib < first.rssMib + NOISE_MIB, `${second.rssMib} MiB for the large list, ${first.rssMib} MiB for the small one`);
});

/** One entry more than an earlier version of the verifier read again: four full segments. */
const STRETCH = 262_145;
const SIGNED = 4;
let long: ComposedLog | undefined;

for (const isSigned of [true, false]) {
  const stretch = `${STRETCH} entries ${isSigned ? 'between two checkpoints' : 'behind the last checkpoint'}`;
  test(`verifyFolder: names the last one of ${stretch}, when that line is not an entry, in a heap of ${HEAP_MIB} MiB`, async () => {
    const size = SIGNED + STRETCH;
    long ??= composeLog(sampleRecords(size, 'long'), [SIGNED, size]);
    const folder = join(temporary.folder, isSigned ? 'signed' : 'unsigned');
    const checkpoints = isSigned ? long.checkpoints : long.checkpoints.slice(0, 1);
    await writeComposed(folder, { checkpoints, entries: long.entries.with(size - 1, 'torn') });
    const { code, index, file, line } = verifyInSmallHeap(folder).finding ?? assert.fail('expected a finding');
    const place = { file: segmentName(segmentStart(size - 1)), line: size - segmentStart(size - 1) };
    assert.deepEqual({ code, index, file, line }, { code: 'ENTRY_MALFORMED', index: size - 1, ...place });
  });
}
