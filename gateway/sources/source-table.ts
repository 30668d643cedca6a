/** The sources in force, ready to serve: the entries of the sources file with their secrets read and their addresses prepared. */
import type { BlockList } from 'node:net';
import type { GatewaySource, RowCounts, WorkerProblem } from '@flotilla/contracts';
import type { SymbolMap } from '../signals/alert-body.ts';

type Scheme<Name extends GatewaySource['scheme']> = Extract<GatewaySource, { readonly scheme: Name }>;

interface Secrets {
  readonly secret: Uint8Array;
  /** Accepted too, while a sender changes over. */
  readonly nextSecret?: Uint8Array | undefined;
}

export type HmacSource = Scheme<'Hmac'> & Secrets;
export type TradingViewSource = Scheme<'TradingView'> &
  Secrets & {
    /** Undefined: any address may send. */
    readonly addresses: BlockList | undefined;
    /** Symbols of charts and the instrument of each. */
    readonly symbolMap: SymbolMap;
  };
export type ReplaySource = Scheme<'Replay'>;
export type LiveSource = HmacSource | TradingViewSource | ReplaySource;

/** Why one source does not work, or not with all its datasets. */
export interface SourceProblem extends WorkerProblem {
  /** Name of the source; `sources.<index>` when the entry has no readable name. */
  readonly source: string;
}

export interface SourceTable {
  readonly sources: ReadonlyMap<string, LiveSource>;
  /** A source with a problem is left out, unless only some of its datasets are missing. The other sources keep working. */
  readonly problems: readonly SourceProblem[];
  /** Rows of all datasets of a source that can be replayed. Absent while they are being counted, and for sources of webhooks. */
  readonly rows: ReadonlyMap<string, RowCounts>;
  /** Fields of the sources file that this build does not know. */
  readonly unknownFields: readonly string[];
}

export const EMPTY_SOURCE_TABLE: SourceTable = { sources: new Map(), problems: [], rows: new Map(), unknownFields: [] };
