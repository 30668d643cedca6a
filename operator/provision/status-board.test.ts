import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { makeManualClock } from '@flotilla/kube/testing/manual-clock.ts';
import { makeStatusBoard, REPORT_AGE_MS_MAX, type StatusBoard } from './status-board.ts';

function setUp() {
  const clock = makeManualClock();
  const board = makeStatusBoard(clock);
  const heard: string[] = [];
  board.onChange(
    (key) =>
      void heard.push(
        Object.values({ ...key, kind: '', strategies: '' })
          .filter(Boolean)
          .join('/'),
      ),
  );
  const take = (change: Partial<ExecStatus>): void => {
    const status = {
      schemaVersion: 1,
      portfolio: 'main',
      instance: 'a',
      epoch: 1,
      tradingState: 'ACTIVE',
      reason: '',
      openOrders: 0,
      updatedAt: formatTime(clock.nowMs()),
      ...change,
    };
    board.take('exec.main.report', Buffer.from(JSON.stringify(status)));
  };
  return { clock, board, heard, take };
}

test('take: tells only of what people read, not of every order', async () => {
  const { clock, heard, take } = setUp();
  take({});
  await clock.advance(1_000);
  take({ openOrders: 5 });
  take({ openOrders: 6 });
  assert.deepEqual(heard, ['main']);
  take({ tradingState: 'HALTED', reason: 'TRADING_HALTED' });
  assert.deepEqual(heard, ['main', 'main']);
});

test('take: counts refusals of a halt for nothing, its steps for something', () => {
  const { heard, take } = setUp();
  const halt = {
    haltId: 'u',
    generation: 1,
    receivedAt: '2026-01-01T00:00:00Z',
    gateClosedAt: '2026-01-01T00:00:00Z',
    restingCancelledCount: 0,
    refusedCount: 0,
  };
  take({ halt });
  take({ halt: { ...halt, refusedCount: 99 } });
  assert.equal(heard.length, 1);
  take({ halt: { ...halt, zeroOpenOrdersVerifiedAt: '2026-01-01T00:00:01Z' } });
  assert.equal(heard.length, 2);
});

test('checkAges: tells once that a report has grown old, and take that it is back', async () => {
  const { clock, board, heard, take } = setUp();
  take({});
  await clock.advance(REPORT_AGE_MS_MAX);
  board.checkAges();
  assert.equal(board.exec('main')?.fresh, true);
  await clock.advance(1);
  board.checkAges();
  board.checkAges();
  assert.equal(board.exec('main')?.fresh, false);
  assert.equal(heard.length, 2);
  take({});
  assert.equal(heard.length, 3);
});

test('take: a report from before a restart is old from the start', () => {
  const { clock, board, take } = setUp();
  take({ updatedAt: formatTime(clock.nowMs() - 60_000) });
  assert.equal(board.exec('main')?.fresh, false);
});

test('take: an older report that comes late changes nothing, nor does one that makes no sense', () => {
  const { clock, board, take } = setUp();
  take({ tradingState: 'HALTED', reason: 'TRADING_HALTED' });
  take({ tradingState: 'ACTIVE', updatedAt: formatTime(clock.nowMs() - 1_000) });
  board.take('exec.main.report', Buffer.from('no json'));
  board.take('exec.main.report', Buffer.from('{"schemaVersion":2}'));
  assert.equal(board.exec('main')?.value.tradingState, 'HALTED');
});

test('heardExecs: goes by when a report came in, whatever the clock says that it was made by', async () => {
  const { clock, board, heard, take } = setUp();
  take({ updatedAt: formatTime(clock.nowMs() - 60_000) });
  assert.equal(board.exec('main')?.fresh, false);
  assert.deepEqual(
    board.heardExecs().map(({ portfolio }) => portfolio),
    ['main'],
  );
  await clock.advance(REPORT_AGE_MS_MAX + 1);
  assert.deepEqual(board.heardExecs(), []);
  board.checkAges();
  assert.equal(heard.length, 2, 'silence is told');
});

test('isComplete: holds from the first look at all reports until the connection is another', () => {
  const { board } = setUp();
  assert.equal(board.isComplete(), false);
  board.completed();
  assert.equal(board.isComplete(), true);
  board.listen();
  assert.equal(board.isComplete(), false);
});

test('take: reads a report that carries fields of a next version', () => {
  const { board, take } = setUp();
  take({ ...({ colour: 'red' } as Partial<ExecStatus>), reason: 'RECONCILE_MISMATCH' });
  assert.equal(board.exec('main')?.value.reason, 'RECONCILE_MISMATCH');
});

for (const [key, report, instanceOf] of [
  [
    'agent.main.momentum.report',
    { portfolio: 'main', strategy: 'momentum', signalsConsumed: 1, intentsPublished: 0, lastSequence: 1 },
    (board: StatusBoard) => board.agent('main', 'momentum')?.value.instance,
  ],
  [
    'gateway.flotilla-gateway.report',
    { gateway: 'flotilla-gateway', sources: [{ name: 'desk', colour: 'red' }] },
    (board: StatusBoard) => board.gateway('flotilla-gateway')?.value.instance,
  ],
] as const) {
  test(`take: reads ${key} with fields of a next version`, () => {
    const { clock, board } = setUp();
    const common = { schemaVersion: 1, instance: 'newer', colour: 'red', updatedAt: formatTime(clock.nowMs()) };
    board.take(key, Buffer.from(JSON.stringify({ ...common, ...report })));
    assert.equal(instanceOf(board), 'newer');
  });
}

test('take: tells when a source of the gateway gets a problem, and when the problem goes away', () => {
  const { clock, board, heard } = setUp();
  const takeGateway = (sources: readonly object[]): void => {
    const updatedAt = formatTime(clock.nowMs());
    board.take(
      'gateway.flotilla-gateway.report',
      Buffer.from(JSON.stringify({ schemaVersion: 1, gateway: 'flotilla-gateway', instance: 'a', sources, updatedAt })),
    );
  };
  takeGateway([{ name: 'desk' }]);
  takeGateway([{ name: 'desk' }]);
  takeGateway([{ name: 'desk', problem: { reason: 'SecretEmpty', message: 'the secret file is empty' } }]);
  takeGateway([{ name: 'desk' }]);
  assert.deepEqual(heard, ['flotilla-gateway', 'flotilla-gateway', 'flotilla-gateway']);
});

test('take: tells when exec gets a problem with a record or with the entry of a strategy, and when the problem goes away', () => {
  const { heard, take } = setUp();
  const report = { name: 'a', desiredState: 'Halted', openOrders: 0, openPositions: 0 } as const;
  take({ strategies: [report] });
  take({ strategies: [{ ...report, problem: 'the configuration entry strategies.0 cannot be read' }] });
  take({ strategies: [report] });
  take({ strategies: [report], haltProblem: 'expected a halt record, found none' });
  take({ strategies: [report], configProblem: 'the configuration record is gone' });
  take({ strategies: [report] });
  assert.equal(heard.length, 6);
});
