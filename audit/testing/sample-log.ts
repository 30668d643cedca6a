/** Makes real logs with the real writer, for tests. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson } from '@flotilla/contracts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { openAuditLog } from '../log/audit-log.ts';
import type { LogRecord } from '../log/entry.ts';
import { defaultKeyFile, loadSigningKey } from '../log/signing-key.ts';

export const ORIGIN = 'flotilla.dev/audit';
const STREAM_NAMES = ['SIGNALS', 'DECISIONS', 'EXECUTIONS'] as const;
const STORED_AT_MS = 1_790_000_000_000;

/** `count` records over three streams by turns, among them payloads that are not JSON, holes in a stream and streams that were made again. */
export function sampleRecords(count: number, flavour: string): readonly LogRecord[] {
  const sequences = new Map<string, number>();
  return Array.from({ length: count }, (_, position): LogRecord => {
    const stream = STREAM_NAMES[position % STREAM_NAMES.length] ?? 'SIGNALS';
    const last = sequences.get(stream) ?? 0;
    if (position % 50 === 7) {
      sequences.set(stream, last + 3);
      return { type: 'note', note: { kind: 'MISSING', stream, from: last + 1, sequence: last + 3 } };
    }
    if (position % 90 === 11) {
      sequences.set(stream, 0);
      return { type: 'note', note: { kind: 'RESTARTED', stream, lastSequence: last, sequence: 0 } };
    }
    sequences.set(stream, last + 1);
    const id = `${flavour}-${position}`;
    const text = position % 10 === 3 ? `not JSON: ${id}` : canonicalJson({ id, price: '611.87', side: 'BUY' });
    const headers = { 'Nats-Msg-Id': id, 'Flotilla-Type': 'signals.raw' };
    const message = {
      stream,
      sequence: last + 1,
      subject: 'signals.raw.tv',
      storedAtMs: STORED_AT_MS + position,
      payload: Buffer.from(text),
      headers,
    };
    return { type: 'message', message };
  });
}

export async function temporaryFolder(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const parent = await mkdtemp(join(tmpdir(), 'flotilla-audit-'));
  const folder = join(parent, 'log');
  await mkdir(folder);
  return { folder, remove: () => rm(parent, { recursive: true, force: true }) };
}

/** Writes and seals a log with a checkpoint every `checkpointEntries`. */
export async function writeSampleLog(
  folder: string,
  count: number,
  options: { readonly checkpointEntries: number; readonly flavour?: string },
): Promise<void> {
  const signer = await loadSigningKey(defaultKeyFile(folder), ORIGIN);
  const log = await openAuditLog({
    folder,
    signer,
    clock: systemClock,
    checkpointEntriesMax: options.checkpointEntries,
    checkpointIntervalMs: 60_000,
  });
  const records = sampleRecords(count, options.flavour ?? 'sample');
  for (let start = 0; start < count; start += options.checkpointEntries)
    await log.append(records.slice(start, start + options.checkpointEntries));
  await log.close();
}
