/** The sources in force, ready to serve: what the sources file says, with secrets read and addresses prepared. */
import type { BlockList } from 'node:net';
import type { GatewaySource } from '@flotilla/contracts';
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

export interface SourceTable {
  readonly sources: ReadonlyMap<string, LiveSource>;
  /** Sources left out, each with why: the others keep working. */
  readonly problems: readonly string[];
}

export const EMPTY_SOURCE_TABLE: SourceTable = { sources: new Map(), problems: [] };
