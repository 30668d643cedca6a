/** The sources in force, ready to serve: the entries of the sources file with their secrets read and their addresses prepared. */
import type { BlockList } from 'node:net';
import type { GatewaySource, WorkerProblem } from '@flotilla/contracts';
import type { SymbolMap } from '../signals/alert-body.ts';

type Scheme<Name extends GatewaySource['scheme']> = Extract<GatewaySource, { readonly scheme: Name }>;

export type HmacSource = Scheme<'Hmac'> & { readonly secret: Uint8Array };
export type TradingViewSource = Scheme<'TradingView'> & {
  readonly secret: Uint8Array;
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
  /** Fields of the sources file that this build does not know. */
  readonly unknownFields: readonly string[];
}

export const EMPTY_SOURCE_TABLE: SourceTable = { sources: new Map(), problems: [], unknownFields: [] };
