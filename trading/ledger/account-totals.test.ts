/** The account against a model in BigInts, over random histories: no total drifts, and strategies sum to the account. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { accountTerms, applyEvent, history, INSTRUMENTS, NOW_MS, STRATEGIES } from '../testing/account-events.ts';
import { AccountModel, MODEL_ACCOUNTS, type ModelBook } from '../testing/account-model.ts';
import { Account } from './account.ts';
import { BaseValue } from './base-value.ts';
import { LEDGER_ACCOUNT } from './entry.ts';
import type { Measure } from './owner.ts';
import type { CostMethod } from './position.ts';

const ALL = Array.from({ length: STRATEGIES }, (_, strategy) => strategy);
const OWNERS = [undefined, ...ALL] as const;

function balancesOf(account: Account, strategy: number | undefined, currency: number): ModelBook['balances'] {
  const balances = MODEL_ACCOUNTS.map((name) => [name, account.balance(strategy, currency, LEDGER_ACCOUNT[name]).toBigInt()] as const);
  return Object.fromEntries(balances) as ModelBook['balances'];
}

function measured(account: Account, what: Measure, strategy: number | undefined): bigint | undefined {
  const value = new BaseValue();
  account.measure(what, strategy, NOW_MS, value);
  return value.state === 'KNOWN' ? value.amount().toBigInt() : undefined;
}

function profitOf({ balances: { CASH, COST, OWED, CAPITAL }, unrealized }: ModelBook): bigint {
  return CASH + COST + OWED + CAPITAL + unrealized;
}

function verify(account: Account, model: AccountModel): void {
  for (const strategy of OWNERS) {
    const strategies = strategy === undefined ? ALL : [strategy];
    const books = [model.book(strategies, 0), model.book(strategies, 1)] as const;
    for (const currency of [0, 1]) {
      const balances = balancesOf(account, strategy, currency);
      assert.deepEqual(balances, books[currency]?.balances);
      assert.equal(
        Object.values(balances).reduce((total, each) => total + each, 0n),
        0n,
      );
    }
    const unpriced = books[0].unpriced + books[1].unpriced;
    assert.equal(account.unpriced(strategy), unpriced);
    const of = (amount: (book: ModelBook) => bigint, rounding: 'DOWN' | 'UP') =>
      unpriced > 0 ? undefined : model.inBase([amount(books[0]), amount(books[1])], rounding);
    assert.equal(
      measured(account, 'gross', strategy),
      of(({ gross }) => gross, 'UP'),
    );
    assert.equal(
      measured(account, 'net', strategy),
      of(({ net }) => net, 'DOWN'),
    );
    assert.equal(measured(account, 'profit', strategy), of(profitOf, 'DOWN'));
    assert.equal(
      measured(account, 'equity', strategy),
      of((book) => profitOf(book) - book.balances.CAPITAL, 'DOWN'),
    );
    for (const instrument of INSTRUMENTS.keys()) {
      const lots = strategies.reduce((total, each) => total + model.lotsOf(each, instrument), 0n);
      assert.equal(BigInt(account.lots(strategy, instrument)), lots);
    }
  }
}

for (const method of ['AVERAGE', 'FIFO', 'LIFO'] as const satisfies readonly CostMethod[]) {
  test(`Account: with ${method}, equals a recomputation from the beginning in BigInts, after every event`, () => {
    fc.assert(
      fc.property(history(40), (events) => {
        const account = new Account(accountTerms(method));
        const model = new AccountModel(method);
        for (const event of events) {
          if (applyEvent(account, event)) model.apply(event);
          verify(account, model);
        }
      }),
      { numRuns: 150 },
    );
  });
}

test('Account: equals the recomputation at the end of long histories', () => {
  fc.assert(
    fc.property(history(2_000), (events) => {
      const account = new Account(accountTerms('AVERAGE'));
      const model = new AccountModel('AVERAGE');
      for (const event of events) {
        if (applyEvent(account, event)) model.apply(event);
      }
      verify(account, model);
    }),
    { numRuns: 25 },
  );
});
