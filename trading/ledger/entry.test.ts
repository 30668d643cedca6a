import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exactSumOf } from '../testing/exact-sum-of.ts';
import { Book } from './book.ts';
import { Entry, LEDGER_ACCOUNT, LEDGER_ACCOUNTS } from './entry.ts';

test('Entry: is balanced when debits and credits sum to zero', () => {
  const entry = new Entry();
  assert.ok(entry.isBalanced());
  entry.debit(LEDGER_ACCOUNT.COST, exactSumOf(3n * 2n ** 70n));
  assert.equal(entry.isBalanced(), false);
  entry.credit(LEDGER_ACCOUNT.CASH, exactSumOf(3n * 2n ** 70n - 1n));
  assert.equal(entry.isBalanced(), false);
  entry.credit(LEDGER_ACCOUNT.FEES, exactSumOf(1n));
  assert.ok(entry.isBalanced());
});

test('Book: adds the amounts of an entry to its accounts', () => {
  const entry = new Entry();
  const book = new Book();
  entry.debit(LEDGER_ACCOUNT.CASH, exactSumOf(7n));
  entry.credit(LEDGER_ACCOUNT.CAPITAL, exactSumOf(7n));
  book.post(entry);
  book.post(entry);
  const balances = Array.from({ length: LEDGER_ACCOUNTS }, (_, account) => book.balance(account as 0).toNumber());
  assert.deepEqual(balances, [14, 0, 0, -14, 0, 0, 0, 0, 0]);
  assert.ok(book.isBalanced());
});

test('LEDGER_ACCOUNT: has one number for each account', () => {
  assert.deepEqual(Object.values(LEDGER_ACCOUNT), [...Array.from({ length: LEDGER_ACCOUNTS }).keys()]);
});
