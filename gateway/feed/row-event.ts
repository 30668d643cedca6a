/** One recorded row as a raw signal. Its id comes from run and row number, so a row that is published again is a duplicate to the bus. */
import { type Clock, formatTime, type RawSignal, rawSignalId, type ReplayRequest } from '@flotilla/contracts';
import { makeEnvelope } from '@flotilla/runtime';
import type { Dataset } from '../datasets/dataset.ts';
import type { ReplaySource } from '../sources/source-table.ts';
import { rowNonce } from './stored-rows.ts';

export interface RowOrigin {
  readonly source: ReplaySource;
  readonly request: ReplayRequest;
  readonly dataset: Dataset;
  readonly clock: Clock;
  readonly revision: string;
}

export function rowEvent({ source, request, dataset, clock, revision }: RowOrigin, row: number, body: string): RawSignal {
  const nonce = rowNonce(request.runId, row);
  const id = rawSignalId(source.name, nonce, body);
  return {
    ...makeEnvelope({ id, corrId: id, clock, service: 'gateway', revision }),
    source: source.name,
    venue: source.venue,
    instrument: dataset.instrument,
    ...(dataset.format === 'BAR_CSV' ? { barMs: dataset.barMs } : {}),
    format: dataset.format,
    nonce,
    receivedAt: formatTime(clock.nowMs()),
    contentType: 'text/csv',
    body,
  };
}
