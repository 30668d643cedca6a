/** Which rows of a run the stream already holds. */
import { type Bus, FlotillaError, parseEvent, subjects } from '@flotilla/contracts';
import { readAcknowledged } from '@flotilla/runtime/bus/read-acknowledged.ts';
import type { RowSet } from './row-set.ts';

/** The nonce of a row; a run id is a token, so it holds no colon. */
export function rowNonce(runId: string, row: number): string {
  return `${runId}:${row}`;
}

/** The row that a nonce names, if it is one of `runId`. */
export function nonceRow(runId: string, nonce: string): number | undefined {
  const row = nonce.startsWith(`${runId}:`) ? nonce.slice(runId.length + 1) : '';
  return /^(0|[1-9][0-9]{0,9})$/.test(row) ? Number(row) : undefined;
}

/**
 * Adds to `stored` every row of the run that stands in the stream. The bus recognises a row that is published twice for a few minutes only, and
 * a run may be resumed after a night.
 */
export async function markStoredRows(bus: Bus, source: string, runId: string, stored: Pick<RowSet, 'add'>): Promise<void> {
  const subject = subjects.signalRaw(source);
  for await (const message of readAcknowledged(bus, 'SIGNALS', { subject, fromSequence: 1 })) {
    const row = nonceRow(runId, nonceOf(message.payload));
    if (row !== undefined) stored.add(row);
  }
}

/** Empty for a message that cannot be read: the normaliser sends it to POISON. */
function nonceOf(payload: Uint8Array): string {
  try {
    return parseEvent('signals.raw', payload).event.nonce;
  } catch (error) {
    if (error instanceof FlotillaError) return '';
    throw error;
  }
}
