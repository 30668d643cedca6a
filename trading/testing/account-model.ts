/** An account in BigInts, written for tests without the code under test: slow and simple, and every total is added up from the beginning. */
import type { CostMethod } from '../ledger/position.ts';
import { type AccountEvent, INSTRUMENTS, NOW_MS, RATE_AGE_MS_MAX } from './account-events.ts';

interface Held {
  /** With the sign of the position, the oldest first. At average cost there is one at most. */
  entries: { lots: bigint; cost: bigint }[];
  realized: bigint;
}

export const MODEL_ACCOUNTS = ['CASH', 'COST', 'OWED', 'CAPITAL', 'REALIZED', 'FEES', 'FUNDING', 'DIVIDENDS', 'EXCHANGED'] as const;

/** What is asked of one owner in one currency. */
export interface ModelBook {
  readonly balances: Record<(typeof MODEL_ACCOUNTS)[number], bigint>;
  gross: bigint;
  net: bigint;
  unrealized: bigint;
  unpriced: number;
}

const size = (value: bigint): bigint => (value < 0n ? -value : value);
const sum = (values: readonly bigint[]): bigint => values.reduce((total, each) => total + each, 0n);
/** Toward minus infinity. */
export const floorOf = (dividend: bigint, divisor: bigint): bigint => {
  const rest = ((dividend % divisor) + divisor) % divisor;
  return (dividend - rest) / divisor;
};

export class AccountModel {
  readonly #method: CostMethod;
  readonly #held = new Map<string, Held>();
  readonly #ticks = new Map<number, number>();
  readonly #cash: { strategy: number; currency: number; account: (typeof MODEL_ACCOUNTS)[number]; amount: bigint }[] = [];
  rate: { readonly numerator: bigint; readonly denominator: bigint; readonly sourceMs: number } | undefined;

  constructor(method: CostMethod) {
    this.#method = method;
  }

  apply(event: AccountEvent): void {
    if (event.kind === 'trade') this.#trade(event);
    else if (event.kind === 'price') this.#ticks.set(event.instrument, event.ticks);
    else if (event.kind === 'cash')
      this.#cash.push({ strategy: event.strategy, currency: event.currency, account: event.reason, amount: event.amount });
    else if (event.kind === 'exchange') {
      this.#cash.push({ strategy: event.strategy, currency: 0, account: 'EXCHANGED', amount: -event.paid });
      this.#cash.push({ strategy: event.strategy, currency: 1, account: 'EXCHANGED', amount: event.received });
    } else if (event.kind === 'split') this.#split(event);
    else if (event.kind === 'dividend') this.#dividend(event);
    else if (event.kind === 'rate' && event.sourceMs > (this.rate?.sourceMs ?? Number.NEGATIVE_INFINITY))
      this.rate = { numerator: BigInt(event.numerator), denominator: BigInt(event.denominator), sourceMs: event.sourceMs };
  }

  lotsOf(strategy: number, instrument: number): bigint {
    return sum((this.#held.get(`${strategy} ${instrument}`)?.entries ?? []).map(({ lots }) => lots));
  }

  /** The book of some strategies together; the exposure is that of their net positions. */
  book(strategies: readonly number[], currency: number): ModelBook {
    const balances = Object.fromEntries(MODEL_ACCOUNTS.map((account) => [account, 0n])) as ModelBook['balances'];
    const book = { balances, gross: 0n, net: 0n, unrealized: 0n, unpriced: 0 };
    for (const { account, amount } of this.#cash.filter((each) => strategies.includes(each.strategy) && each.currency === currency)) {
      balances.CASH += amount;
      balances[account] -= amount;
    }
    for (const [instrument, terms] of INSTRUMENTS.entries())
      if (terms.currency === currency) this.#addInstrument(book, strategies, instrument);
    return book;
  }

  /** Undefined: unknown. */
  inBase(amounts: readonly [bigint, bigint], rounding: 'DOWN' | 'UP'): bigint | undefined {
    const [own, foreign] = amounts;
    if (foreign === 0n) return own;
    if (this.rate === undefined || NOW_MS - this.rate.sourceMs > RATE_AGE_MS_MAX) return undefined;
    const { numerator, denominator } = this.rate;
    return own + (rounding === 'DOWN' ? floorOf(foreign * numerator, denominator) : -floorOf(-foreign * numerator, denominator));
  }

  #addInstrument(book: ModelBook, strategies: readonly number[], instrument: number): void {
    const { unitsPerStep, isMargined } = INSTRUMENTS[instrument] ?? INSTRUMENTS[0];
    const scale = BigInt(unitsPerStep);
    const ticks = this.#ticks.get(instrument) ?? Number.NaN;
    let net = 0n;
    for (const strategy of strategies) {
      const held = this.#held.get(`${strategy} ${instrument}`);
      if (held === undefined) continue;
      const lots = this.lotsOf(strategy, instrument);
      const cost = sum(held.entries.map((entry) => entry.cost));
      net += lots;
      book.balances.REALIZED -= held.realized * scale;
      book.balances.CASH += (held.realized - (isMargined ? 0n : cost)) * scale;
      book.balances.COST += cost * scale;
      if (isMargined) book.balances.OWED -= cost * scale;
      if (lots === 0n) continue;
      if (Number.isNaN(ticks)) book.unpriced += 1;
      else book.unrealized += (-valueOf(instrument, -lots, ticks) - cost) * scale;
    }
    if (net === 0n || Number.isNaN(ticks)) return;
    const value = (instrument === 3 ? valueOf(instrument, -size(net), ticks) : valueOf(instrument, size(net), ticks)) * scale;
    book.gross += value;
    book.net += net > 0n ? value : -value;
  }

  #trade(event: AccountEvent & { readonly kind: 'trade' }): void {
    const key = `${event.strategy} ${event.instrument}`;
    const held = this.#held.get(key) ?? { entries: [], realized: 0n };
    this.#held.set(key, held);
    const before = this.lotsOf(event.strategy, event.instrument);
    let left = BigInt(event.lots);
    if (before !== 0n && before > 0n !== left > 0n) {
      const closed = size(left) < size(before) ? left : -before;
      held.realized -= valueOf(event.instrument, closed, event.ticks) + this.#release(held, size(closed));
      left -= closed;
    }
    if (left === 0n) return;
    const cost = valueOf(event.instrument, left, event.ticks);
    const [only] = held.entries;
    if (this.#method === 'AVERAGE' && only !== undefined) {
      only.lots += left;
      only.cost += cost;
    } else held.entries.push({ lots: left, cost });
  }

  /** Takes lots out of the entries by the cost method, and gives what they cost. */
  #release(held: Held, count: bigint): bigint {
    let [left, released] = [count, 0n];
    while (left > 0n) {
      const entry = held.entries.at(this.#method === 'LIFO' ? -1 : 0);
      if (entry === undefined) throw new Error('the model closes more than it holds');
      const part = left < size(entry.lots) ? left : size(entry.lots);
      const cost = (entry.cost * part) / size(entry.lots);
      released += cost;
      entry.cost -= cost;
      entry.lots -= entry.lots > 0n ? part : -part;
      left -= part;
      held.entries = held.entries.filter(({ lots }) => lots !== 0n);
    }
    return released;
  }

  #split({ instrument, numerator, denominator, ticks }: AccountEvent & { readonly kind: 'split' }): void {
    this.#ticks.set(instrument, Number.NaN);
    for (const [key, held] of this.#held) {
      const total = sum(held.entries.map(({ lots }) => lots));
      if (Number(key.split(' ')[1]) !== instrument || total === 0n) continue;
      const sign = total > 0n ? 1n : -1n;
      for (const entry of held.entries) entry.lots *= BigInt(numerator);
      const rest = (size(total) * BigInt(numerator)) % BigInt(denominator);
      held.realized += floorOf(sign * rest * BigInt(ticks), BigInt(denominator)) - this.#release(held, rest);
      let [fine, whole, cost] = [0n, 0n, 0n];
      const entries: Held['entries'] = [];
      for (const entry of held.entries) {
        fine += size(entry.lots);
        cost += entry.cost;
        const lots = fine / BigInt(denominator) - whole;
        whole += lots;
        if (lots === 0n) continue;
        entries.push({ lots: sign * lots, cost });
        cost = 0n;
      }
      held.entries = entries;
    }
  }

  #dividend({ instrument, units }: AccountEvent & { readonly kind: 'dividend' }): void {
    for (const key of this.#held.keys()) {
      const [strategy = 0, held] = key.split(' ').map(Number);
      if (held !== instrument) continue;
      const currency = INSTRUMENTS[instrument]?.currency ?? 0;
      this.#cash.push({ strategy, currency, account: 'DIVIDENDS', amount: this.lotsOf(strategy, instrument) * BigInt(units) });
    }
  }
}

/** What a trade pays, in units of the instrument, rounded up. */
function valueOf(instrument: number, lots: bigint, ticks: number): bigint {
  const { inverseUnits } = INSTRUMENTS[instrument] ?? INSTRUMENTS[0];
  if (inverseUnits === undefined) return lots * BigInt(ticks);
  return -floorOf(BigInt(inverseUnits) * lots, BigInt(ticks));
}
