/** Events of an account as data, for tests: random histories, and how one event is applied. */
import fc from 'fast-check';
import { Account } from '../ledger/account.ts';
import type { AccountTerms, CashReason } from '../ledger/account-terms.ts';
import type { CostMethod } from '../ledger/position.ts';
import { exactSumOf } from './exact-sum-of.ts';

export type AccountEvent =
  | { readonly kind: 'trade'; readonly strategy: number; readonly instrument: number; readonly ticks: number; readonly lots: number }
  | { readonly kind: 'price'; readonly instrument: number; readonly ticks: number }
  | { readonly kind: 'cash'; readonly strategy: number; readonly currency: number; readonly reason: CashReason; readonly amount: bigint }
  | { readonly kind: 'exchange'; readonly strategy: number; readonly paid: bigint; readonly received: bigint }
  | {
      readonly kind: 'split';
      readonly instrument: number;
      readonly numerator: number;
      readonly denominator: number;
      readonly ticks: number;
    }
  | { readonly kind: 'dividend'; readonly instrument: number; readonly units: number }
  | { readonly kind: 'rate'; readonly numerator: number; readonly denominator: number; readonly sourceMs: number }
  | { readonly kind: 'day'; readonly day: number };

export const STRATEGIES = 3;
/** Linear in each currency, margined with a multiplier, inverse. */
export const INSTRUMENTS = [
  { currency: 0, unitsPerStep: 1, inverseUnits: undefined, isMargined: false },
  { currency: 1, unitsPerStep: 1_000_000, inverseUnits: undefined, isMargined: false },
  { currency: 0, unitsPerStep: 50, inverseUnits: undefined, isMargined: true },
  { currency: 1, unitsPerStep: 1, inverseUnits: 200_000_000, isMargined: true },
] as const;
export const RATE_AGE_MS_MAX = 1_000;
/** At which histories are looked at. */
export const NOW_MS = 10_000;

export function accountTerms(method: CostMethod): AccountTerms {
  const currencies = [
    { scale: 10, digits: 2 },
    { scale: 12, digits: 8 },
  ];
  return { base: 0, currencies, instruments: INSTRUMENTS, method, rateAgeMsMax: RATE_AGE_MS_MAX };
}

const strategy = fc.integer({ min: 0, max: STRATEGIES - 1 });
const instrument = fc.integer({ min: 0, max: INSTRUMENTS.length - 1 });
const linear = fc.integer({ min: 0, max: 2 });
const currency = fc.integer({ min: 0, max: 1 });
const amount = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
const ticks = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 10_000_000 }));
const lots = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -100_000_000, max: 100_000_000 })).filter((each) => each !== 0);
const reason = fc.constantFrom<CashReason>('CAPITAL', 'FEES', 'FUNDING', 'DIVIDENDS');
const ratio = fc.integer({ min: 1, max: 4 });

const event: fc.Arbitrary<AccountEvent> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('trade' as const), strategy, instrument, ticks, lots }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('price' as const), instrument, ticks: fc.oneof(ticks, ticks, fc.constant(Number.NaN)) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cash' as const), strategy, currency, reason, amount }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('exchange' as const), strategy, paid: amount, received: amount }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('split' as const), instrument: linear, numerator: ratio, denominator: ratio, ticks }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('dividend' as const), instrument, units: fc.integer({ min: -1_000, max: 1_000 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('rate' as const),
      numerator: fc.integer({ min: 1, max: 10_000 }),
      denominator: fc.integer({ min: 1, max: 10_000 }),
      sourceMs: fc.integer({ min: NOW_MS - 1_100, max: NOW_MS }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('day' as const), day: fc.integer({ min: 0, max: 5 }) }) },
);

export const history = (lengthMax: number): fc.Arbitrary<readonly AccountEvent[]> => fc.array(event, { maxLength: lengthMax, size: 'max' });

/** Splits one after the other would let positions grow out of the safe integers; beyond this size histories leave them out. */
const SPLIT_LOTS_MAX = 2 ** 45;

function isTooLarge(account: Account, event: AccountEvent): boolean {
  if (event.kind !== 'split') return false;
  const lots = Array.from({ length: STRATEGIES }, (_, strategy) => Math.abs(account.lots(strategy, event.instrument)));
  return Math.max(...lots) * event.numerator > SPLIT_LOTS_MAX;
}

/** False for an event that is left out. */
export function applyEvent(account: Account, event: AccountEvent): boolean {
  if (isTooLarge(account, event)) return false;
  book(account, event);
  return true;
}

function book(account: Account, event: AccountEvent): void {
  switch (event.kind) {
    case 'trade':
      return account.trade(event.strategy, event.instrument, event.ticks, event.lots);
    case 'price':
      return account.price(event.instrument, event.ticks);
    case 'cash':
      return account.cash(event.strategy, event.reason, { currency: event.currency, amount: exactSumOf(event.amount) });
    case 'exchange': {
      const [paid, received] = [event.paid, event.received].map((each) => exactSumOf(each));
      if (paid === undefined || received === undefined) return;
      return account.exchange(event.strategy, { currency: 0, amount: paid }, { currency: 1, amount: received });
    }
    case 'split':
      return account.split(event.instrument, { numerator: event.numerator, denominator: event.denominator, ticksInLieu: event.ticks });
    case 'dividend':
      return account.dividend(event.instrument, event.units);
    case 'rate':
      account.rate(1, event, { sourceMs: event.sourceMs, nowMs: NOW_MS });
      return;
    case 'day':
      account.openDay(event.day, NOW_MS);
  }
}

export function accountAfter(events: readonly AccountEvent[], method: CostMethod): Account {
  const account = new Account(accountTerms(method));
  for (const each of events) applyEvent(account, each);
  return account;
}
