/** Verification needs the same memory for a log of any size. `FLOTILLA_AUDIT_LIST_MIB=640` makes the list larger than a string can be. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FILES } from '../log/format.ts';
import { writeLargeList } from '../testing/large-list.ts';
import { temporaryFolder } from '../testing/sample-log.ts';

const MIB = 1_048_576;
const LIST_MIB = Number(process.env['FLOTILLA_AUDIT_LIST_MIB'] ?? 96);
const HEAP_MIB = 24;
/** What two runs of one program may differ by. */
const NOISE_MIB = 48;

const temporary = await temporaryFolder();
after(() => temporary.remove());

interface Verified {
  readonly ok: boolean;
  readonly checkpoints: number;
  readonly rssMib: number;
}

/** Verifies in a process with a small heap. */
function verifyInSmallHeap(folder: string): Verified {
  const script = `
    import { verifyFolder } from ${JSON.stringify(join(import.meta.dirname, 'verify-folder.ts'))};
    const { ok, checkpoints } = await verifyFolder(${JSON.stringify(folder)}, { sealed: true });
    console.log(JSON.stringify({ ok, checkpoints, rssMib: process.resourceUsage().maxRSS / 1_024 }));`;
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
