/** The verifier's findings when the list of checkpoints changes during the verification. `verify-folder.test.ts` tests changes of all files. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Checkpoint } from '../log/checkpoint.ts';
import { openCheckpointLine } from '../log/checkpoint-line.ts';
import { FILES } from '../log/format.ts';
import { parseVerifierKey } from '../log/signed-note.ts';
import { composeLog, writeComposed } from '../testing/composed-log.ts';
import { sampleRecords, temporaryFolder } from '../testing/sample-log.ts';
import type { Finding } from './finding.ts';
import { startScan } from './scan.ts';
import { verifyEntries } from './verify-entries.ts';

const temporary = await temporaryFolder();
after(() => temporary.remove());
const { folder } = temporary;
const LOG = composeLog(sampleRecords(20, 'sample'), [5, 10]);
const CHANGED: Finding = { code: 'CHECKPOINT_INVALID', file: FILES.checkpoints, message: 'the list was changed' };

/** The first `count` checkpoints of the log, then the end of the list. */
async function* listed(count: number, end: Finding | undefined): AsyncGenerator<Checkpoint, Finding | undefined> {
  const verifier = parseVerifierKey(await readFile(join(folder, FILES.publicKey), 'utf8')) ?? assert.fail('expected a key');
  for (const line of LOG.checkpoints.slice(0, count)) {
    const opened = openCheckpointLine(line, verifier);
    yield typeof opened === 'string' ? assert.fail(opened) : opened.checkpoint;
  }
  return end;
}

for (const count of [0, 1, 2]) {
  test(`verifyEntries: reads no further than ${count} checkpoints, when the list was changed behind them`, async () => {
    // An entry that no good checkpoint covers is wrong too. The list comes first, because it decides what is signed.
    const entries = LOG.entries.with(12, 'torn');
    await writeComposed(folder, { ...LOG, entries });
    const scan = startScan();
    assert.deepEqual(await verifyEntries(folder, scan, listed(count, CHANGED), { settleMs: 0 }), CHANGED);
    assert.equal(scan.frontier.size(), 5 * count);
    assert.equal((await verifyEntries(folder, startScan(), listed(count, undefined), { settleMs: 0 }))?.code, 'ENTRY_MALFORMED');
  });
}
