import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { accountAfter, accountTerms, applyEvent, history, NOW_MS, STRATEGIES } from '../testing/account-events.ts';
import { Account } from './account.ts';
import { BaseValue } from './base-value.ts';
import { LEDGER_ACCOUNT } from './entry.ts';
import { FLAT_HOLDINGS_MAX } from './holdings.ts';
import type { CostMethod } from './position.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';

const METHODS = ['AVERAGE', 'FIFO', 'LIFO'] as const satisfies readonly CostMethod[];
const method = fc.constantFrom<CostMethod>(...METHODS);

function restored(bytes: Uint8Array, method: CostMethod): Account {
  const found = readSnapshot(bytes, accountTerms(method));
  assert.ok('account' in found, JSON.stringify(found));
  return found.account;
}

/** Every measure, which a snapshot does not hold because it follows from positions and prices, and balances. Asking must change nothing. */
function answersOf(account: Account): readonly string[] {
  const value = new BaseValue();
  const answer = () => (value.state === 'KNOWN' ? value.amount().toBigInt().toString() : value.state);
  return [undefined, ...Array.from({ length: STRATEGIES }).keys()].flatMap((strategy) => {
    const measures = (['gross', 'net', 'equity', 'profit'] as const).map((what) => {
      account.measure(what, strategy, NOW_MS, value);
      return answer();
    });
    account.dayLoss(strategy, NOW_MS, value);
    const balances = [0, 1].map((currency) => account.balance(strategy, currency, LEDGER_ACCOUNT.CASH).toBigInt().toString());
    return [...measures, answer(), String(account.unpriced(strategy)), ...balances];
  });
}

test('readSnapshot: a restored account and the rest of the events give the bytes of the fold from the beginning, at every cut', () => {
  fc.assert(
    fc.property(history(60), fc.nat(60), method, (events, at, method) => {
      const cut = Math.min(at, events.length);
      const account = restored(writeSnapshot(accountAfter(events.slice(0, cut), method), cut), method);
      for (const event of events.slice(cut)) applyEvent(account, event);
      const whole = accountAfter(events, method);
      assert.deepEqual(writeSnapshot(account, 7), writeSnapshot(whole, 7));
      assert.deepEqual(answersOf(account), answersOf(whole));
    }),
    { numRuns: 500 },
  );
});

test('Account: is pure: a fork that goes on leaves the original as it was, and the original then reaches the same state', () => {
  fc.assert(
    fc.property(history(30), history(30), method, (past, future, method) => {
      const original = accountAfter(past, method);
      const before = writeSnapshot(original, 0);
      const answers = answersOf(original);
      const fork = restored(before, method);
      for (const event of future) applyEvent(fork, event);
      assert.deepEqual(writeSnapshot(original, 0), before);
      assert.deepEqual(answersOf(original), answers);
      for (const event of future) applyEvent(original, event);
      assert.deepEqual(writeSnapshot(original, 0), writeSnapshot(fork, 0));
    }),
    { numRuns: 300 },
  );
});

test('Account: a split that makes two positions flat does so in the same order after a restore', () => {
  const original = new Account(accountTerms('AVERAGE'));
  for (const strategy of [1, 0]) original.trade(strategy, 0, 100, 1);
  const fork = restored(writeSnapshot(original, 0), 'AVERAGE');
  for (const account of [original, fork]) account.split(0, { numerator: 1, denominator: 2, ticksInLieu: 200 });
  assert.deepEqual(writeSnapshot(original, 0), writeSnapshot(fork, 0));
});

test('readSnapshot: a restored account removes the flat holdings that the original removes', () => {
  const [first] = accountTerms('AVERAGE').instruments;
  assert.ok(first !== undefined);
  const terms = { ...accountTerms('AVERAGE'), instruments: Array.from({ length: FLAT_HOLDINGS_MAX * 2 }, () => first) };
  const original = new Account(terms);
  const openAndClose = (account: Account, from: number, to: number) => {
    for (let instrument = from; instrument < to; instrument += 1) for (const lots of [1, -1]) account.trade(0, instrument, 100, lots);
  };
  openAndClose(original, 0, FLAT_HOLDINGS_MAX + 7);
  const found = readSnapshot(writeSnapshot(original, 0), terms);
  assert.ok('account' in found);
  for (const account of [original, found.account]) openAndClose(account, FLAT_HOLDINGS_MAX, FLAT_HOLDINGS_MAX * 2);
  assert.equal(found.account.holdingCount(), FLAT_HOLDINGS_MAX);
  assert.deepEqual(writeSnapshot(found.account, 0), writeSnapshot(original, 0));
});

test('readSnapshot: gives the sequence that was written', () => {
  const found = readSnapshot(writeSnapshot(accountAfter([], 'FIFO'), 123_456_789_012), accountTerms('FIFO'));
  assert.equal('sequence' in found && found.sequence, 123_456_789_012);
});

test('readSnapshot: refuses a snapshot with any damaged byte, and a shorter one', () => {
  const trade = { kind: 'trade', strategy: 1, instrument: 0, ticks: 100, lots: 5 } as const;
  const bytes = writeSnapshot(accountAfter([trade], 'FIFO'), 1);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] ?? 0) ^ change;
      assert.ok('refused' in readSnapshot(damaged, accountTerms('FIFO')));
      assert.ok('refused' in readSnapshot(bytes.subarray(0, at), accountTerms('FIFO')));
    }),
    { numRuns: 500 },
  );
});

test('readSnapshot: refuses other terms, and takes instruments that were added since', () => {
  const terms = accountTerms('FIFO');
  const bytes = writeSnapshot(accountAfter([], 'FIFO'), 1);
  const [first, ...rest] = terms.instruments;
  assert.ok(first !== undefined);
  const added = { ...terms, instruments: [...terms.instruments, first] };
  const cases = [
    ['one more instrument', added, true],
    ['another cost method', { ...terms, method: 'LIFO' as const }, false],
    ['another base currency', { ...terms, base: 1 }, false],
    ['another unit of a currency', { ...terms, currencies: terms.currencies.map((each) => ({ ...each, scale: 11 })) }, false],
    ['another tick of an instrument', { ...terms, instruments: [{ ...first, unitsPerStep: 10 }, ...rest] }, false],
    ['one instrument less', { ...terms, instruments: terms.instruments.slice(0, -1) }, false],
  ] as const;
  for (const [reason, other, isTaken] of cases) assert.equal('account' in readSnapshot(bytes, other), isTaken, reason);
});
