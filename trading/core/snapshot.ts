/**
 * Snapshots of a whole core: account, orders, ids, markets, and what strategies have used up. A restored core and the fold from the beginning are equal to the
 * last byte.
 *
 * Limits and the mode of trading are not in it: a restored core takes no order that increases risk before it has heard both again. Its clock begins anew, so
 * that a wall clock that was set back does not stop it.
 */
import { hasTerms, OTHER_TERMS, packTerms } from '../ledger/snapshot.ts';
import { INSTRUMENTS_MAX } from '../ledger/holdings.ts';
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { PackedReader } from '../packing/packed-reader.ts';
import type { PackedWriter } from '../packing/packed-writer.ts';
import { seal, type SealKind, unseal } from '../packing/seal.ts';
import { Core } from './core.ts';
import type { CoreState } from './core-state.ts';
import type { CoreTerms } from './core-terms.ts';

/** "flotc" as a number. */
const KIND: SealKind = { magic: 0x66_6c_6f_74_63, version: 1, name: 'a trading core' };

export type RestoredCore = { readonly core: Core; readonly sequence: number } | { readonly refused: string };

/** @param sequence of the last event that the core holds; a safe integer */
export function writeCore(core: Core, sequence: number): Uint8Array {
  const state = core.parts();
  return seal(KIND, sequence, (writer) => {
    packTerms(writer, state.terms.account);
    state.account.pack(writer);
    packMarkets(writer, state);
    state.orders.pack(writer);
    state.strategies.pack(writer);
    for (const number of [state.day, state.cause]) writer.number(number);
    packOrderTicks(writer, state);
  });
}

/**
 * The core of a snapshot, or why it is refused: damaged, of another version, or of other terms. `terms` may have more instruments at the end than the snapshot
 * knows.
 */
export function readCore(bytes: Uint8Array, terms: CoreTerms): RestoredCore {
  const unsealed = unseal(bytes, KIND);
  if ('refused' in unsealed) return unsealed;
  const { reader, sequence } = unsealed;
  if (!hasTerms(reader, terms.account)) return { refused: OTHER_TERMS };
  const core = new Core(terms);
  const state = core.parts();
  state.account.unpack(reader);
  unpackMarkets(reader, state);
  state.orders.unpack(reader);
  state.strategies.unpack(reader);
  state.day = reader.number();
  state.cause = reader.number();
  restoreReaches(reader, state);
  return reader.isAtEnd() ? { core, sequence } : { refused: 'expected the end of the snapshot, found more numbers' };
}

function packMarkets(writer: PackedWriter, { markets }: CoreState): void {
  writer.number(markets.length);
  for (const market of markets) for (const number of market.numbers()) writer.number(number);
}

function unpackMarkets(reader: PackedReader, { markets, reaches }: CoreState): void {
  const count = reader.count(INSTRUMENTS_MAX);
  for (let instrument = 0; instrument < count; instrument += 1) {
    const market = markets[instrument];
    assert(market !== undefined, 'a snapshot has no more markets than instruments');
    market.fromNumbers(() => reader.number());
    reaches.price(instrument, market.markTicks);
  }
}

/** Open orders follow from the orders, and the highest price at which they could trade does not. */
function packOrderTicks(writer: PackedWriter, { reaches }: CoreState): void {
  const all = reaches.sorted();
  writer.number(all.length);
  for (const { strategy, instrument, orderTicks } of all) for (const number of [strategy, instrument, orderTicks]) writer.number(number);
}

function restoreReaches(reader: PackedReader, { reaches, orders, account, markets, ages }: CoreState): void {
  const held = new Map<string, readonly [strategy: number, instrument: number, orderTicks: number]>();
  for (let left = reader.count(Number.MAX_SAFE_INTEGER); left > 0; left -= 1) {
    const [strategy, instrument, orderTicks] = [reader.number(), reader.number(), reader.number()];
    held.set(`${strategy} ${instrument}`, [strategy, instrument, orderTicks]);
  }
  for (const { request, openLots } of orders.all()) {
    if (openLots === 0) continue;
    const [, , orderTicks] = held.get(`${request.strategy} ${request.instrument}`) ?? [0, 0, 0];
    reaches.open(request.strategy, request.instrument, request.side, openLots, orderTicks);
  }
  for (const [strategy, instrument] of held.values()) {
    const lots = account.lots(strategy, instrument);
    if (lots !== 0) reaches.trade(strategy, instrument, lots);
    ages.include(instrument, markets[instrument]?.sourceMs ?? Number.NEGATIVE_INFINITY);
  }
}
