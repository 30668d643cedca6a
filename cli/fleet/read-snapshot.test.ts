import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlotillaError, type ExecSnapshot } from '@flotilla/contracts';
import { readSnapshot } from './read-snapshot.ts';

const page = (strategies: readonly string[], next?: string): ExecSnapshot => ({
  schemaVersion: 1,
  portfolio: 'main',
  baseCurrency: 'USD',
  tradingState: 'ACTIVE',
  cash: '1',
  equity: '1',
  realizedPnl: '0',
  unrealizedPnl: '0',
  fees: '0',
  positions: [],
  strategies: strategies.map((strategy) => ({ strategy, accepted: 0, denied: 0, deniedBy: {}, fills: 0, openOrders: 0 })),
  time: '2026-11-21T12:00:00.000Z',
  ...(next === undefined ? {} : { next }),
});

/** An exec that answers with these, one after the other, and keeps what it was asked. */
function execOf(...answers: readonly (object | undefined | Error)[]) {
  const asked: string[] = [];
  return {
    asked,
    request(_subject: string, payload: Uint8Array): Promise<Uint8Array | undefined> {
      const answer = answers[asked.length];
      asked.push(Buffer.from(payload).toString());
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve(answer === undefined ? undefined : Buffer.from(JSON.stringify(answer)));
    },
  };
}

test('readSnapshot: reads all pages as one, when the answer is paged', async () => {
  const exec = execOf(page(['a', 'b'], 'b'), page(['c'], 'c'), page(['d']));
  const { snapshot } = await readSnapshot(exec, 'main');
  assert.deepEqual(
    snapshot?.strategies.map(({ strategy }) => strategy),
    ['a', 'b', 'c', 'd'],
  );
  assert.equal(snapshot?.next, undefined);
  assert.deepEqual(exec.asked, ['', '{"after":"b"}', '{"after":"c"}']);
});

const PROBLEMS = [
  { why: 'exec is away', answers: [undefined], says: /^portfolio main: exec does not answer$/ },
  { why: 'exec goes away between two pages', answers: [page(['a'], 'a'), undefined], says: /exec does not answer/ },
  {
    why: 'exec answers with an error',
    answers: [new FlotillaError('REQUEST_FAILED', 'the ledger is being rebuilt')],
    says: /REQUEST_FAILED: the ledger/,
  },
  { why: 'the answer is unreadable', answers: [{ schemaVersion: 1 }], says: /cannot be read: portfolio/ },
  { why: 'exec repeats a page', answers: [page(['a'], 'a'), page(['a'], 'a')], says: /the same page twice/ },
] as const;
for (const { why, answers, says } of PROBLEMS) {
  test(`readSnapshot: says that the ledger is not known, when ${why}`, async () => {
    const { snapshot, problem } = await readSnapshot(execOf(...answers), 'main');
    assert.equal(snapshot, undefined);
    assert.match(problem ?? '', says);
  });
}

test('readSnapshot: keeps fields that this build does not know, when exec is newer', async () => {
  const { snapshot } = await readSnapshot(execOf({ ...page(['a']), colour: 'blue' }), 'main');
  assert.equal((snapshot as unknown as { colour: string }).colour, 'blue');
});
