/** The whole trading core with a simulated exchange: quotes from columns, a crossing of two averages, ten resting orders, all checks, an exact ledger. */
import { makeSequence } from '@flotilla/contracts/testing/seeded-sequence.ts';
import { compileLimits } from '@flotilla/trading/checks/limits.ts';
import type { CoreTerms } from '@flotilla/trading/core/core-terms.ts';
import { readAmount } from '@flotilla/trading/ledger/currency.ts';
import { compileTerms } from '@flotilla/trading/ledger/instrument-terms.ts';
import { ExactSum } from '@flotilla/trading/numbers/exact-sum.ts';
import { BUY, SELL, type SideSign } from '@flotilla/trading/orders/order.ts';
import { PaperAccount } from '@flotilla/trading/paper/paper-account.ts';
import { makeModels } from '@flotilla/trading/simulator/models/models.ts';

const USD = { scale: 12, digits: 2 };
const TEXT = { tickSize: '0.01', lotSize: '0.00000001', multiplier: '1', isInverse: false, isMargined: false };
const START_TICKS = 6_000_000;
const COLUMN = 1 << 16;
const RESTING = 10;
const NEVER_MS = Number.MAX_SAFE_INTEGER;
const LIMITS = {
  order: { maxNotional: '1000000', priceCollarBps: 10_000, maxMessagesPerSecond: 1_000 },
  position: { maxNotional: '10000000' },
  portfolio: { maxGrossNotional: '100000000', maxLeverage: '100', maxDailyLoss: '100000000' },
};

export const ENGINE_TERMS: CoreTerms = {
  account: { base: 0, currencies: [USD], instruments: [compileTerms(TEXT, 0, USD)], method: 'AVERAGE', rateAgeMsMax: 60_000 },
  bandBps: [1_000],
  priceAgeMsMax: 10_000_000,
  marketCollarBps: 100,
  openOrdersMax: 10_000,
};

/** Bid prices of a random walk, in ticks. */
const bids = makeBids();

function makeBids(): Float64Array {
  const next = makeSequence(7);
  const column = new Float64Array(COLUMN);
  let ticks = START_TICKS;
  for (let index = 0; index < COLUMN; index += 1) {
    ticks += Math.floor(next() * 5) - 2;
    column[index] = ticks;
  }
  return column;
}

export interface EngineRun {
  readonly orders: number;
  readonly fills: number;
}

/** @param perOrder quotes for each order: by the crossing the strategy decides on a side, and every so many quotes it trades towards it */
export function runEngine(quotes: number, perOrder: number): EngineRun {
  let fills = 0;
  let denials = 0;
  const paper = openEngine((kind) => {
    if (kind === 'FILL') fills += 1;
    if (kind === 'DENIED') denials += 1;
  });
  const sides = { bidTicks: 0, askTicks: 0, bidLots: 1_000_000, askLots: 1_000_000 };
  let [fast, slow] = [START_TICKS, START_TICKS];
  let [orders, heldLots] = [0, 0];
  for (let index = 0; index < quotes; index += 1) {
    const nowMs = index + 1;
    const bidTicks = bids[index & (COLUMN - 1)] ?? START_TICKS;
    sides.bidTicks = bidTicks;
    sides.askTicks = bidTicks + 1;
    paper.quote(0, sides, nowMs, 0, nowMs);
    fast += (bidTicks - fast) * 0.1;
    slow += (bidTicks - slow) * 0.02;
    if (index % perOrder !== 0) continue;
    const side = fast > slow ? BUY : SELL;
    if (side * heldLots > 100) continue;
    orders += 1;
    heldLots += side;
    paper.place(orderOf(RESTING + orders, side, undefined), nowMs);
  }
  if (denials > 0) throw new Error(`expected every order to pass the checks, found ${denials} denials`);
  if (fills < orders - RESTING) throw new Error(`expected ${orders} fills, found ${fills}`);
  return { orders, fills };
}

/** An account that trades: limits, capital, an open day, a price, and ten resting orders. */
export function openEngine(onKind: (kind: string) => void): PaperAccount {
  const none = { kind: 'NONE' } as const;
  const paper = new PaperAccount({
    core: ENGINE_TERMS,
    onEvent: ({ kind }) => onKind(kind),
    venueOf: () => ({
      models: makeModels(
        { latency: none, queue: { kind: 'BACK' }, fee: { kind: 'RATE', takerMicros: 500, makerMicros: 100 }, slippage: none, impact: none },
        makeSequence(1),
      ),
      contract: { inverseUnits: undefined },
      depthUse: 'CONSUMED',
      barPath: 'ADAPTIVE',
      dataAgeMsMax: 1_000,
      marketOrderAgeMsMax: 1_000,
      collarBps: 100,
    }),
  });
  const capital = new ExactSum();
  readAmount('1000000', USD, capital);
  const { core } = paper;
  core.addCapital({ currency: 0, amount: capital }, 0);
  core.setMode('ACTIVE', 0);
  const limits = compileLimits({ policy: LIMITS, capitalMaxNotional: '10000000', mode: 'RUNNING', instruments: [0] }, USD, Number);
  core.configure(1, limits, true, 0);
  core.openDay(0, 0);
  const sides = { bidTicks: START_TICKS, askTicks: START_TICKS + 1, bidLots: 1_000_000, askLots: 1_000_000 };
  paper.quote(0, sides, 0, 1, 0);
  paper.quote(0, sides, 0, 2, 0);
  for (let at = 1; at <= RESTING; at += 1) {
    const side = at % 2 === 0 ? BUY : SELL;
    paper.place(orderOf(at, side, START_TICKS - side * (1_000_000 + at)), 0);
  }
  return paper;
}

export function orderOf(orderId: number, side: SideSign, limitTicks: number | undefined) {
  return {
    orderId,
    strategy: 1,
    instrument: 0,
    side,
    quantityLots: 100,
    limitTicks,
    timeInForce: 'GTC',
    expiryMs: undefined,
    validUntilMs: NEVER_MS,
    isPostOnly: false,
    isReduceOnly: false,
    isOwn: false,
  } as const;
}
