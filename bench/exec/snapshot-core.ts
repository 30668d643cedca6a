/** A snapshot of the whole trading core with open orders, ended ones and the ids of older ones, and its restore. */
import { readCore, writeCore } from '@flotilla/trading/core/snapshot.ts';
import { ENGINE_TERMS, openEngine, orderOf } from './run-engine.ts';

const START_TICKS = 6_000_000;

/** The bytes of a core with `open` open orders, after `past` others that have ended. */
export function snapshotOfCore(open: number, past: number): { readonly write: () => Uint8Array; readonly bytes: Uint8Array } {
  const paper = openEngine(() => undefined);
  let orderId = 1_000;
  // Two milliseconds apart: the limit is 1,000 orders in a second.
  let nowMs = 1;
  const next = (limitTicks: number): void => {
    orderId += 1;
    nowMs += 2;
    paper.place(orderOf(orderId, 1, limitTicks), nowMs);
  };
  for (let index = 0; index < past; index += 1) {
    next(1);
    paper.take({ kind: 'CANCEL', orderId }, nowMs);
  }
  for (let index = 0; index < open; index += 1) next(START_TICKS - 1_000_000);
  const write = (): Uint8Array => writeCore(paper.core, orderId);
  return { write, bytes: write() };
}

export function restoreCore(bytes: Uint8Array, open: number): void {
  const restored = readCore(bytes, ENGINE_TERMS);
  if ('refused' in restored) throw new Error(`expected a snapshot that is whole, found: ${restored.refused}`);
  const found = restored.core.openOrderCount();
  if (found < open) throw new Error(`expected ${open} open orders, found ${found}`);
}
