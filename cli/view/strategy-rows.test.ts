import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentStatus, ExecSnapshot } from '@flotilla/contracts';
import type { Portfolio } from '@flotilla/contracts/resources/portfolio.ts';
import type { Strategy } from '@flotilla/contracts/resources/strategy.ts';
import { NO_REPORTS, NO_RESOURCES, type FleetReports } from '../fleet/fleet.ts';
import { formatDenials, formatStrategies, strategyRows } from './strategy-rows.ts';
import { portfolioRows } from './portfolio-rows.ts';

const TIME = '2026-11-21T12:00:00.000Z';
const position = (instrument: string, quantity: string) => ({
  strategy: 'btc-momentum',
  instrument,
  quantity,
  realizedPnl: '10.5',
  unrealizedPnl: '-2.25',
  fees: '1.1',
});
const snapshot: ExecSnapshot = {
  schemaVersion: 1,
  portfolio: 'main',
  baseCurrency: 'USD',
  tradingState: 'ACTIVE',
  cash: '99000',
  equity: '100014.3',
  realizedPnl: '21',
  unrealizedPnl: '-4.5',
  fees: '2.2',
  positions: [position('BTC-USD', '-0.5'), position('ETH-USD', '0')],
  strategies: [
    { strategy: 'btc-momentum', accepted: 9, denied: 3, deniedBy: { PRICE_COLLAR: 1, POSITION_LIMIT: 2 }, fills: 12, openOrders: 1 },
    { strategy: 'gone', accepted: 1, denied: 0, deniedBy: {}, fills: 1, openOrders: 0 },
  ],
  time: TIME,
};
const agent: AgentStatus = {
  schemaVersion: 1,
  portfolio: 'main',
  strategy: 'btc-momentum',
  instance: 'i',
  signalsConsumed: 4_062,
  intentsPublished: 12,
  lastSequence: 9,
  updatedAt: TIME,
};
const reports: FleetReports = { problems: [], snapshots: new Map([['main', snapshot]]), agents: new Map([['main/btc-momentum', agent]]) };
const strategy = (name: string, status: object) =>
  ({ metadata: { name }, spec: { portfolioRef: { name: 'main' }, agent: { builtIn: 'Momentum' } }, status }) as unknown as Strategy;
const running = strategy('btc-momentum', {
  state: 'Running',
  conditions: [{ type: 'Ready', status: 'True', reason: 'Running', message: '' }],
});
const blocked = strategy('later', {
  state: 'Blocked',
  conditions: [{ type: 'Ready', status: 'False', reason: 'PortfolioMissing', message: 'expected Portfolio main, found none' }],
});

test('strategyRows: joins resource, agent report and ledger, and keeps strategies that only exec knows', () => {
  const rows = strategyRows({ ...NO_RESOURCES, strategies: [blocked, running] }, reports);
  assert.deepEqual(
    rows.map((row) => row.strategy),
    ['btc-momentum', 'gone', 'later'],
  );
  const [first] = rows;
  assert.deepEqual(first, {
    strategy: 'btc-momentum',
    portfolio: 'main',
    agent: 'Momentum',
    state: 'Running',
    why: '',
    signals: 4_062,
    intents: 12,
    accepted: 9,
    denied: 3,
    deniedBy: { PRICE_COLLAR: 1, POSITION_LIMIT: 2 },
    fills: 12,
    openOrders: 1,
    positions: [{ instrument: 'BTC-USD', quantity: '-0.5' }],
    // Twice 10.5 − 2.25 − 1.1.
    pnl: '14.3',
  });
  assert.equal(rows[2]?.why, 'expected Portfolio main, found none');
});

test('formatStrategies: shows one line per strategy, with the denials that it met', () => {
  const text = formatStrategies(strategyRows({ ...NO_RESOURCES, strategies: [blocked, running] }, reports));
  assert.deepEqual(text.split('\n'), [
    'STRATEGY      AGENT     STATE    SIGNALS  INTENTS  DENIED  OPEN  FILLS      POSITION    P&L  WHY',
    'btc-momentum  Momentum  Running    4,062       12       3     1     12  -0.5 BTC-USD  14.30  denied: POSITION_LIMIT 2, PRICE_COLLAR 1',
    'gone          -         -              -        1       0     0      1          flat   0.00',
    'later         Momentum  Blocked        -        0       0     0      0          flat   0.00  expected Portfolio main, found none',
  ]);
});

test('strategyRows: gives null and formatStrategies a dash for every value that exec has not reported, when exec does not answer', () => {
  const rows = strategyRows({ ...NO_RESOURCES, strategies: [running] }, NO_REPORTS);
  const { strategy: name, portfolio, agent: kind, state, why, ...values } = rows[0]!;
  assert.deepEqual([name, portfolio, kind, state, why], ['btc-momentum', 'main', 'Momentum', 'Running', '']);
  assert.deepEqual(
    Object.entries(values).filter(([, value]) => value !== null),
    [],
  );
  assert.match(formatStrategies(rows), /\nbtc-momentum +Momentum +Running( +-){7}$/);
});

test("strategyRows: counts what closed positions earned, when exec lists open positions and the strategy's totals", () => {
  const totals = { ...snapshot.strategies[0]!, realizedPnl: '100', fees: '3' };
  const paged = { ...snapshot, positions: [position('BTC-USD', '-0.5')], strategies: [totals] };
  const rows = strategyRows(NO_RESOURCES, { ...reports, snapshots: new Map([['main', paged]]) });
  // 100 − 3 − 2.25.
  assert.equal(rows[0]?.pnl, '94.75');
});

test('formatDenials: puts the most frequent first, and equal ones by name', () => {
  assert.equal(formatDenials({ B: 1, C: 1_000, A: 1 }), 'C 1,000, A 1, B 1');
  assert.equal(formatDenials({}), '');
});

test('portfolioRows: says that exec gave no report, when exec does not answer', () => {
  const portfolio = { metadata: { name: 'other' }, spec: { baseCurrency: 'USD' } } as unknown as Portfolio;
  const rows = portfolioRows({ ...NO_RESOURCES, portfolios: [portfolio] }, reports);
  assert.deepEqual(
    rows.map((row) => [row.portfolio, row.tradingState, row.why, row.equity]),
    [
      ['main', 'ACTIVE', '', '100014.3'],
      ['other', 'UNKNOWN', 'exec gave no report', null],
    ],
  );
  assert.deepEqual(portfolioRows(NO_RESOURCES, NO_REPORTS), []);
});
