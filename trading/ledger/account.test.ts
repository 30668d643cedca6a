/** Known answers of the account. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError } from '@flotilla/contracts/errors/assert.ts';
import { ExactSum } from '../numbers/exact-sum.ts';
import { exactSumOf } from '../testing/exact-sum-of.ts';
import { Account, OWN_STRATEGY } from './account.ts';
import type { AccountTerms } from './account-terms.ts';
import { BaseValue } from './base-value.ts';
import { printAmount, readAmount } from './currency.ts';
import { utcDayNumber } from './day-opening.ts';
import { LEDGER_ACCOUNT, type LedgerAccount } from './entry.ts';
import { FLAT_HOLDINGS_MAX, INSTRUMENTS_MAX, STRATEGIES_MAX } from './holdings.ts';
import { compileTerms } from './instrument-terms.ts';
import type { Measure } from './owner.ts';
import { rateOf } from './rates.ts';

const CURRENCIES = [
  { scale: 12, digits: 2 },
  { scale: 12, digits: 0 },
  { scale: 12, digits: 8 },
] as const;
const [USD, JPY, BTC] = [0, 1, 2] as const;
const [BTC_USD, USD_JPY, SHARE, FUTURE, INVERSE] = [0, 1, 2, 3, 4] as const;
const SPOT = { multiplier: '1', isInverse: false, isMargined: false };
const TERMS: AccountTerms = {
  base: USD,
  currencies: CURRENCIES,
  instruments: [
    compileTerms({ ...SPOT, tickSize: '0.01', lotSize: '0.00000001' }, USD, CURRENCIES[USD]),
    compileTerms({ ...SPOT, tickSize: '0.001', lotSize: '1' }, JPY, CURRENCIES[JPY]),
    compileTerms({ ...SPOT, tickSize: '0.01', lotSize: '1' }, USD, CURRENCIES[USD]),
    compileTerms({ ...SPOT, tickSize: '0.25', lotSize: '1', multiplier: '50', isMargined: true }, USD, CURRENCIES[USD]),
    compileTerms({ tickSize: '0.5', lotSize: '1', multiplier: '1', isInverse: true, isMargined: true }, BTC, CURRENCIES[BTC]),
  ],
  method: 'AVERAGE',
  rateAgeMsMax: 5_000,
};
const ONE_BTC = 100_000_000;
const A = 1;
const B = 2;

function accountOf(terms: Partial<AccountTerms> = {}): Account {
  return new Account({ ...TERMS, ...terms });
}

function deposit(account: Account, text: string, currency: 0 | 1 | 2 = USD, strategy: number = OWN_STRATEGY): void {
  account.cash(strategy, 'CAPITAL', { currency, amount: amountOf(text, currency) });
}

function amountOf(text: string, currency: 0 | 1 | 2): ExactSum {
  const amount = new ExactSum();
  readAmount(text, CURRENCIES[currency], amount);
  return amount;
}

/** Text in the digits of the base currency, or why it is unknown. */
function text(value: BaseValue): string {
  return value.state === 'KNOWN' ? printAmount(value.amount(), CURRENCIES[USD]) : value.state;
}

function measured(account: Account, what: Measure, strategy?: number, nowMs = 0): string {
  const value = new BaseValue();
  account.measure(what, strategy, nowMs, value);
  return text(value);
}

function lossOf(account: Account, strategy?: number, nowMs = 0): string {
  const value = new BaseValue();
  account.dayLoss(strategy, nowMs, value);
  return text(value);
}

function balance(account: Account, name: keyof typeof LEDGER_ACCOUNT, currency: 0 | 1 | 2 = USD, strategy?: number): string {
  const number: LedgerAccount = LEDGER_ACCOUNT[name];
  return printAmount(account.balance(strategy, currency, number), CURRENCIES[currency]);
}

/** A rate that comes at the time of its source. */
const at = (sourceMs: number) => ({ sourceMs, nowMs: sourceMs });
const MARK_152 = rateOf('152', 'FROM_PER_BASE', { from: CURRENCIES[JPY], base: CURRENCIES[USD] });

test('Account: 10,000 USD-JPY from 150.1 to 152 earns 125.00 USD', () => {
  const account = accountOf();
  account.trade(A, USD_JPY, 150_100, 10_000);
  account.price(USD_JPY, 152_000);
  account.rate(JPY, MARK_152, at(0));
  assert.equal(measured(account, 'profit'), '125.00');
  assert.equal(measured(account, 'gross'), '10000.00');
  account.trade(A, USD_JPY, 152_000, -10_000);
  assert.equal(balance(account, 'CASH', JPY), '19000');
  assert.equal(measured(account, 'profit'), '125.00');
});

test('Account: an amount of a currency without a rate, or with an old one, is unknown and cannot be read', () => {
  const account = accountOf();
  account.trade(A, USD_JPY, 150_100, 10_000);
  account.price(USD_JPY, 152_000);
  account.trade(B, SHARE, 100, 1);
  account.price(SHARE, 100);
  assert.equal(measured(account, 'profit'), 'RATE_UNKNOWN');
  account.rate(JPY, MARK_152, at(1_000));
  assert.equal(measured(account, 'profit', undefined, 6_000), '125.00');
  assert.equal(measured(account, 'profit', undefined, 6_001), 'RATE_STALE');
  assert.equal(measured(account, 'gross', undefined, 6_001), 'RATE_STALE');
  // A strategy that holds none of the currency does not need its rate.
  assert.equal(measured(account, 'profit', B, 6_001), '0.00');
  const value = new BaseValue();
  account.measure('profit', undefined, 6_001, value);
  assert.throws(() => value.amount(), AssertionError);
});

test('Account: a late rate does not replace a newer one', () => {
  const account = accountOf();
  assert.ok(account.rate(JPY, MARK_152, at(1_000)));
  for (const sourceMs of [999, 1_000]) assert.equal(account.rate(JPY, { numerator: 1, denominator: 1 }, at(sourceMs)), false);
  account.trade(A, USD_JPY, 150_100, 10_000);
  account.price(USD_JPY, 152_000);
  assert.equal(measured(account, 'profit', undefined, 1_000), '125.00');
});

test('Account: 100 at 500, split 4:1, is 400 at 125 with a P&L of zero; the price of before the split does not count', () => {
  const account = accountOf();
  account.trade(A, SHARE, 50_000, 100);
  account.price(SHARE, 50_000);
  account.split(SHARE, { numerator: 4, denominator: 1, ticksInLieu: 12_500 });
  assert.equal(account.lots(A, SHARE), 400);
  assert.equal(account.lots(undefined, SHARE), 400);
  assert.equal(measured(account, 'profit'), 'UNPRICED');
  assert.equal(account.unpriced(undefined), 1);
  account.price(SHARE, 12_500);
  assert.equal(measured(account, 'profit'), '0.00');
  assert.equal(measured(account, 'gross'), '50000.00');
});

test('Account: a reverse split pays for the part of a lot that is left, to longs and by shorts', () => {
  const account = accountOf();
  account.trade(A, SHARE, 1_000, 25);
  account.trade(B, SHARE, 1_000, -3);
  // 25 become 2.5, of which the half is sold at 110.00; 3 become 0.3, bought back at 110.00.
  account.split(SHARE, { numerator: 1, denominator: 10, ticksInLieu: 11_000 });
  assert.deepEqual([account.lots(A, SHARE), account.lots(B, SHARE), account.lots(undefined, SHARE)], [2, 0, 2]);
  assert.equal(balance(account, 'CASH', USD, A), '-195.00');
  assert.equal(balance(account, 'COST', USD, A), '200.00');
  assert.equal(balance(account, 'REALIZED', USD, A), '-5.00');
  assert.equal(balance(account, 'REALIZED', USD, B), '3.00');
  assert.equal(account.unpriced(undefined), 1);
});

test('Account: a split that would leave the safe integers changes nothing', () => {
  const account = accountOf();
  account.trade(A, SHARE, 1, Number.MAX_SAFE_INTEGER - 5);
  account.trade(B, SHARE, 1, 5);
  account.price(SHARE, 1);
  assert.throws(() => account.split(SHARE, { numerator: 2, denominator: 1, ticksInLieu: 1 }), { code: 'NUMBER_OUT_OF_RANGE' });
  assert.equal(account.lots(B, SHARE), 5);
  assert.equal(measured(account, 'profit'), '0.00');
});

test('Account: a dividend goes to longs and is paid by shorts; fees and funding count', () => {
  const account = accountOf();
  account.trade(A, SHARE, 1_000, 100);
  account.trade(B, SHARE, 1_000, -40);
  account.price(SHARE, 1_000);
  account.dividend(SHARE, amountOf('0.5', USD).toNumber());
  assert.equal(measured(account, 'profit', A), '50.00');
  assert.equal(measured(account, 'profit', B), '-20.00');
  account.cash(A, 'FUNDING', { currency: USD, amount: amountOf('-1.25', USD) });
  account.cash(A, 'FEES', { currency: BTC, amount: amountOf('-0.0001', BTC) });
  account.rate(BTC, rateOf('60000', 'BASE_PER_FROM', { from: CURRENCIES[BTC], base: CURRENCIES[USD] }), at(0));
  assert.equal(measured(account, 'profit', A), '42.75');
  assert.equal(measured(account, 'profit'), '22.75');
  assert.equal(balance(account, 'CASH', BTC), '-0.00010000');
  assert.equal(balance(account, 'FEES', BTC), '0.00010000');
});

test('Account: a flip realizes the closed part and opens the rest at the price of the trade', () => {
  const account = accountOf();
  account.trade(A, BTC_USD, 6_000_000, ONE_BTC);
  account.trade(A, BTC_USD, 6_100_000, -3 * ONE_BTC);
  account.price(BTC_USD, 6_000_000);
  assert.equal(balance(account, 'REALIZED'), '-1000.00');
  assert.equal(measured(account, 'profit'), '3000.00');
  assert.equal(measured(account, 'net'), '-120000.00');
  assert.equal(account.lots(undefined, BTC_USD), -2 * ONE_BTC);
});

test('Account: a future with a multiplier moves its profit alone into cash', () => {
  const account = accountOf();
  deposit(account, '10000');
  account.trade(A, FUTURE, 20_000, 2);
  assert.equal(balance(account, 'CASH'), '10000.00');
  account.price(FUTURE, 20_010);
  // 2 contracts × 50 × 2.50.
  assert.equal(measured(account, 'equity'), '10250.00');
  assert.equal(measured(account, 'gross'), '500250.00');
  account.trade(A, FUTURE, 20_010, -1);
  assert.equal(balance(account, 'CASH'), '10125.00');
  assert.equal(balance(account, 'OWED'), '-250000.00');
});

test('Account: an inverse contract earns in its base currency, and a long one has a positive exposure', () => {
  const account = accountOf();
  account.rate(BTC, rateOf('60000', 'BASE_PER_FROM', { from: CURRENCIES[BTC], base: CURRENCIES[USD] }), at(0));
  account.trade(A, INVERSE, 100_000, 60_000);
  account.price(INVERSE, 120_000);
  // 60,000 × (1/50,000 − 1/60,000) = 0.2 BTC.
  assert.equal(measured(account, 'profit'), '12000.00');
  assert.equal(measured(account, 'net'), '60000.00');
  account.trade(A, INVERSE, 120_000, -60_000);
  assert.equal(balance(account, 'CASH', BTC), '0.20000000');
  account.trade(A, INVERSE, 120_000, -6_000);
  assert.deepEqual([measured(account, 'net'), measured(account, 'gross')], ['-6000.00', '6000.00']);
});

test('Account: cash that becomes another currency earns and loses with the rate', () => {
  const account = accountOf();
  deposit(account, '100');
  account.exchange(OWN_STRATEGY, { currency: USD, amount: amountOf('100', USD) }, { currency: JPY, amount: amountOf('15010', JPY) });
  account.rate(JPY, MARK_152, at(0));
  assert.equal(balance(account, 'CASH'), '0.00');
  assert.equal(measured(account, 'profit'), '-1.25');
  assert.equal(measured(account, 'equity'), '98.75');
});

test('Account: two strategies against each other have a gross of their own, and the account has that of the net position', () => {
  const account = accountOf();
  account.trade(A, BTC_USD, 6_000_000, ONE_BTC);
  account.trade(B, BTC_USD, 6_000_000, -0.9 * ONE_BTC);
  account.price(BTC_USD, 6_000_000);
  assert.deepEqual(
    [A, B, undefined].map((strategy) => measured(account, 'gross', strategy)),
    ['60000.00', '54000.00', '6000.00'],
  );
});

const MIDNIGHT_MS = Date.UTC(2026, 10, 21);
const NINE_MS = MIDNIGHT_MS + 9 * 3_600_000;

test('Account: 1 BTC held over midnight at 60,000 has lost 10,000 at 50,000, before any order of the day', () => {
  const account = accountOf();
  account.trade(A, BTC_USD, 5_000_000, ONE_BTC);
  account.price(BTC_USD, 6_000_000);
  assert.equal(lossOf(account), 'DAY_NOT_OPEN');
  account.openDay(utcDayNumber(MIDNIGHT_MS), MIDNIGHT_MS);
  account.price(BTC_USD, 5_000_000);
  assert.equal(lossOf(account, undefined, NINE_MS), '10000.00');
  assert.equal(lossOf(account, A, NINE_MS), '10000.00');
  assert.equal(lossOf(account, B, NINE_MS), '0.00');
});

test('Account: a day is opened once, an older one never, and a day without prices is opened when they come', () => {
  const account = accountOf();
  account.trade(A, SHARE, 1_000, 10);
  account.openDay(5, 0);
  assert.equal(lossOf(account), 'UNPRICED');
  account.price(SHARE, 1_000);
  assert.equal(lossOf(account), 'UNPRICED');
  account.openDay(5, 0);
  account.price(SHARE, 900);
  for (const day of [5, 4]) {
    account.openDay(day, 0);
    assert.equal(lossOf(account), '10.00');
  }
  account.openDay(6, 0);
  assert.equal(lossOf(account), '0.00');
});

test('Account: a strategy that begins in the middle of a day has lost what it lost since', () => {
  const account = accountOf();
  account.openDay(5, 0);
  account.trade(A, SHARE, 1_000, 10);
  account.price(SHARE, 990);
  assert.equal(lossOf(account, A), '1.00');
});

test('Account: keeps a bounded number of flat holdings, and the books keep the realized P&L of all', () => {
  const instruments = Array.from(
    { length: FLAT_HOLDINGS_MAX + 10 },
    () => TERMS.instruments[SHARE] ?? compileTerms({ ...SPOT, tickSize: '1', lotSize: '1' }, USD, CURRENCIES[USD]),
  );
  const account = accountOf({ instruments });
  // Opened, closed and opened again: it must not be forgotten with the flat ones.
  for (const lots of [1, -1, 1]) account.trade(A, 0, 100, lots);
  for (let turn = 0; turn < 2; turn += 1)
    for (let instrument = 1; instrument < instruments.length; instrument += 1) {
      account.trade(A, instrument, 100, 1);
      account.trade(A, instrument, 200, -1);
    }
  assert.equal(account.holdingCount(), FLAT_HOLDINGS_MAX + 1);
  assert.equal(account.lots(A, 0), 1);
  assert.equal(balance(account, 'REALIZED'), `-${2 * (instruments.length - 1)}.00`);
});

test('Account: refuses what no event may hold', () => {
  const account = accountOf();
  const split = { numerator: 1, denominator: 1, ticksInLieu: 1 };
  const cases: readonly (readonly [string, () => unknown])[] = [
    ['a price of zero', () => account.trade(A, SHARE, 0, 1)],
    ['a price between ticks', () => account.trade(A, SHARE, 1.5, 1)],
    ['no lots', () => account.trade(A, SHARE, 1, 0)],
    ['lots beyond 2^53', () => account.trade(A, SHARE, 1, 2 ** 53)],
    ['an unknown instrument', () => account.trade(A, TERMS.instruments.length, 1, 1)],
    ['an unknown currency', () => account.cash(A, 'FEES', { currency: CURRENCIES.length, amount: exactSumOf(1n) })],
    ['a strategy beyond the bound', () => account.trade(STRATEGIES_MAX, SHARE, 1, 1)],
    ['a strategy below zero', () => account.trade(-1, SHARE, 1, 1)],
    ['a mark of zero', () => account.price(SHARE, 0)],
    ['a rate of the base currency', () => account.rate(USD, { numerator: 1, denominator: 1 }, at(0))],
    ['a rate of zero', () => account.rate(JPY, { numerator: 0, denominator: 1 }, at(0))],
    [
      'an exchange into the same currency',
      () => account.exchange(A, { currency: USD, amount: exactSumOf(1n) }, { currency: USD, amount: exactSumOf(1n) }),
    ],
    ['a split into nothing', () => account.split(SHARE, { ...split, numerator: 0 })],
    ['a split of an inverse contract', () => account.split(INVERSE, split)],
    ['a day between days', () => account.openDay(0.5, 0)],
    ['a base currency that is not there', () => accountOf({ base: CURRENCIES.length })],
    ['too many instruments', () => accountOf({ instruments: Array.from({ length: INSTRUMENTS_MAX + 1 }, () => TERMS.instruments[0]!) })],
  ];
  for (const [reason, act] of cases) assert.throws(act, AssertionError, reason);
});
