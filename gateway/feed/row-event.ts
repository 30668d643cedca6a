/** One recorded row as a raw signal. Its id comes from run and row number, so a row that is published again is a duplicate to the bus. */
import { type Clock, formatTime, type RawSignal, rawSignalId, type ReplayRequest } from '@flotilla/contracts';
import { makeEnvelope } from '@flotilla/runtime';
import { RAW_FORMATS } from '../datasets/dataset.ts';
import type { DescribedDataset } from '../datasets/describe-dataset.ts';
import type { UsableRow } from '../datasets/judge-row.ts';
import type { ReplaySource } from '../sources/source-table.ts';
import { rowNonce } from './stored-rows.ts';

export interface RowOrigin {
  readonly source: ReplaySource;
  readonly request: ReplayRequest;
  readonly described: DescribedDataset;
  readonly clock: Clock;
  readonly revision: string;
}

export function rowEvent(
  { source, request, described: { dataset }, clock, revision }: RowOrigin,
  row: number,
  { instrument, body }: UsableRow,
): RawSignal {
  const nonce = rowNonce(request.runId, row);
  const id = rawSignalId(source.name, nonce, body);
  return {
    ...makeEnvelope({ id, corrId: id, clock, service: 'gateway', revision }),
    source: source.name,
    venue: source.venue,
    instrument,
    ...(dataset.format.barMs === undefined ? {} : { barMs: dataset.format.barMs }),
    format: RAW_FORMATS[dataset.format.kind],
    nonce,
    receivedAt: formatTime(clock.nowMs()),
    contentType: 'text/csv',
    body,
  };
}
