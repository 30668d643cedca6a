/** Keeps a whole account of the trading core: trades, prices and the loss of the day of many positions, and a snapshot of it. */
import { Account, OWN_STRATEGY } from '@flotilla/trading/ledger/account.ts';
import { BaseValue } from '@flotilla/trading/ledger/base-value.ts';
import { printAmount, readAmount } from '@flotilla/trading/ledger/currency.ts';
import { utcDayNumber } from '@flotilla/trading/ledger/day-opening.ts';
import { compileTerms } from '@flotilla/trading/ledger/instrument-terms.ts';
import { rateOf } from '@flotilla/trading/ledger/rates.ts';
import { readSnapshot, writeSnapshot } from '@flotilla/trading/ledger/snapshot.ts';
import { ExactSum } from '@flotilla/trading/numbers/exact-sum.ts';

const INSTRUMENTS = 500;
const USD = { scale: 12, digits: 2 };
const EUR = { scale: 12, digits: 2 };
const TEXT = { tickSize: '0.01', lotSize: '0.00000001', multiplier: '1', isInverse: false, isMargined: false };
/** Half of the instruments are settled in each currency. */
const TERMS = {
  base: 0,
  currencies: [USD, EUR],
  instruments: Array.from({ length: INSTRUMENTS }, (_, index) => compileTerms(TEXT, index % 2, index % 2 === 0 ? USD : EUR)),
  method: 'AVERAGE',
  rateAgeMsMax: 60_000,
} as const;

/** An account with one open position for each strategy and instrument. */
export function openAccount(positions: number): Account {
  const account = new Account(TERMS);
  const capital = new ExactSum();
  readAmount('1000000', USD, capital);
  account.cash(OWN_STRATEGY, 'CAPITAL', { currency: 0, amount: capital });
  account.rate(1, rateOf('1.08765', 'BASE_PER_FROM', { from: EUR, base: USD }), { sourceMs: 0, nowMs: 0 });
  for (let index = 0; index < positions; index += 1)
    account.trade(strategyAt(index), index % INSTRUMENTS, 6_000_000, index % 3 === 0 ? -1_000 : 1_000);
  for (let instrument = 0; instrument < INSTRUMENTS; instrument += 1) account.price(instrument, 6_000_000);
  account.openDay(utcDayNumber(0), 0);
  return account;
}

/** For each trade, the loss of the day and the gross exposure of the account, as a check asks for them. */
export function keepAccount(account: Account, positions: number, count: number): void {
  const loss = new BaseValue();
  const gross = new BaseValue();
  for (let index = 0; index < count; index += 1) {
    const at = (index * 7_919) % positions;
    account.dayLoss(undefined, 0, loss);
    account.measure('gross', undefined, 0, gross);
    account.trade(strategyAt(at), at % INSTRUMENTS, 6_000_000 + (index % 1_000), index % 2 === 0 ? 500 : -500);
  }
  if (gross.amount().sign() <= 0) throw new Error(`expected an exposure above zero, found ${printAmount(gross.amount(), USD)}`);
}

/** The bytes of a snapshot. */
export function snapshotOf(account: Account): Uint8Array {
  return writeSnapshot(account, 1);
}

export function restore(bytes: Uint8Array): void {
  const restored = readSnapshot(bytes, TERMS);
  if ('refused' in restored) throw new Error(`expected a snapshot that is whole, found: ${restored.refused}`);
}

function strategyAt(index: number): number {
  return 1 + Math.floor(index / INSTRUMENTS);
}
