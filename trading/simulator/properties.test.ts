/** What holds for every history of the simulator, and random histories that try to break it. A failure prints its seed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSequence } from '@flotilla/contracts/testing/seeded-sequence.ts';
import { BUY, SELL } from '../orders/order.ts';
import { makeModels, type ModelTerms } from './models/models.ts';
import type { OrderRequest, TimeInForce } from './order-request.ts';
import type { Report } from './report.ts';
import { Simulator } from './simulator.ts';
import type { DepthUse } from './shown-depth.ts';
import { worstTicks } from './worst-price.ts';

const BLOCKS = 4;
const HISTORIES = 400;
const STEPS = 120;
const COLLAR_BPS = 300;
const DATA_AGE_MS_MAX = 40;
const MARKET_AGE_MS_MAX = 60;

type Random = (below: number) => number;

interface Input {
  readonly act: (simulator: Simulator, nowMs: number) => readonly Report[];
  readonly stepMs: number;
  /** What may trade with this input, when it is market data. Both sides share the quantity of a trade and of a bar. */
  readonly shown?:
    | { readonly kind: 'QUOTE'; readonly buyLots: number; readonly sellLots: number }
    | { readonly kind: 'PRINT'; readonly lots: number };
  readonly request?: OrderRequest;
}

const PASSING: Input = { stepMs: 0, act: (simulator, nowMs) => simulator.advance(nowMs) };

const LIVES: readonly TimeInForce[] = ['GTC', 'GTC', 'DAY', 'GTD', 'IOC', 'FOK'];

function pick<T>(values: readonly T[], random: Random): T {
  return values[random(values.length)] as T;
}

function randomRequest(orderId: number, random: Random, nowMs: number): OrderRequest {
  const side = random(2) === 0 ? BUY : SELL;
  const isMarket = random(3) === 0;
  const timeInForce = pick(LIVES, random);
  return {
    orderId,
    side,
    quantityLots: 1 + random(30),
    limitTicks: isMarket ? undefined : 480 + random(40),
    collarTicks: isMarket && random(2) === 0 ? 500 + side * random(15) : undefined,
    timeInForce,
    expiryMs: timeInForce === 'GTD' ? nowMs + 1 + random(100) : undefined,
    validUntilMs: nowMs + 5 + random(200),
    isPostOnly: random(6) === 0,
    isReduceOnly: random(6) === 0,
  };
}

function randomInput(index: number, random: Random, middle: number, nowMs: number): Input {
  const stepMs = random(12);
  const at = nowMs + stepMs;
  const kind = random(12);
  if (kind < 4) {
    const request = randomRequest(index, random, at);
    return { stepMs, request, act: (simulator, now) => simulator.submit(request, now) };
  }
  if (kind === 4) return { stepMs, act: (simulator, now) => simulator.cancel(random(index + 1), now) };
  if (kind === 5) {
    const change = { quantityLots: 1 + random(30), limitTicks: 480 + random(40) };
    return { stepMs, act: (simulator, now) => simulator.update(random(index + 1), change, now) };
  }
  if (kind === 6) {
    const phase = pick(['OPEN', 'OPEN', 'OPEN', 'HALTED', 'CLOSED'] as const, random);
    return { stepMs, act: (simulator, now) => simulator.setPhase(phase, now) };
  }
  const sourceMs = at - (random(8) === 0 ? random(80) : 0);
  if (kind < 10) {
    const [bidLots, askLots] = [random(20), random(20)];
    const bidTicks = random(12) === 0 ? Number.NaN : middle - random(3);
    const askTicks = random(12) === 0 ? Number.NaN : middle + random(3);
    return {
      stepMs,
      shown: { kind: 'QUOTE', buyLots: askLots, sellLots: bidLots },
      act: (simulator, now) => simulator.quote({ bidTicks, askTicks, bidLots, askLots }, sourceMs, index, now),
    };
  }
  const lots = random(20);
  if (kind === 10) {
    const aggressor = pick([BUY, SELL, undefined] as const, random);
    return {
      stepMs,
      shown: { kind: 'PRINT', lots },
      act: (simulator, now) => simulator.trade({ ticks: middle, lots, aggressor, sourceMs, sequence: index }, now),
    };
  }
  const [openTicks, closeTicks] = [middle - 2 + random(5), middle - 2 + random(5)];
  const bar = {
    openTicks,
    closeTicks,
    highTicks: Math.max(openTicks, closeTicks) + random(4),
    lowTicks: Math.min(openTicks, closeTicks) - random(4),
    lots,
    openMs: sourceMs - random(20),
    closeMs: sourceMs,
  };
  return { stepMs, shown: { kind: 'PRINT', lots }, act: (simulator, now) => simulator.bar(bar, now) };
}

function randomModels(random: Random): ModelTerms {
  return {
    latency: pick(
      [{ kind: 'NONE' }, { kind: 'FIXED', commandMs: 4, reportMs: 3 }, { kind: 'UNIFORM', msMin: 0, msMax: 15 }] as const,
      random,
    ),
    queue: pick([{ kind: 'NONE' }, { kind: 'BACK' }, { kind: 'PROPORTIONAL' }] as const, random),
    fee: pick([{ kind: 'NONE' }, { kind: 'RATE', takerMicros: 500, makerMicros: -50 }] as const, random),
    slippage: pick([{ kind: 'NONE' }, { kind: 'CHANCE', chance: 0.3, ticks: 2 }] as const, random),
    impact: pick([{ kind: 'NONE' }, { kind: 'LINEAR', fullTicks: 6 }, { kind: 'SQUARE_ROOT', fullTicks: 9 }] as const, random),
  };
}

/** Plays the history of a seed. The observer sees every input with its reports. */
function play(seed: number, observe: (input: Input, reports: readonly Report[], simulator: Simulator, depthUse: DepthUse) => void): void {
  const next = makeSequence(seed);
  const random: Random = (below) => Math.floor(next() * below);
  const depthUse = pick(['CONSUMED', 'CONSUMED', 'RENEWED'] as const, random);
  const simulator = new Simulator({
    models: makeModels(randomModels(random), makeSequence(seed + 1)),
    contract: { inverseUnits: undefined },
    depthUse,
    barPath: pick(['ADAPTIVE', 'HIGH_FIRST', 'LOW_FIRST'] as const, random),
    dataAgeMsMax: DATA_AGE_MS_MAX,
    marketOrderAgeMsMax: MARKET_AGE_MS_MAX,
    collarBps: COLLAR_BPS,
  });
  let [nowMs, middle] = [1_000, 500];
  for (let index = 0; index < STEPS; index += 1) {
    middle = Math.max(470, Math.min(530, middle - 2 + random(5)));
    const input = randomInput(index, random, middle, nowMs);
    nowMs += input.stepMs;
    // By itself, so that what arrives before market data takes what was shown before.
    observe(PASSING, simulator.advance(nowMs), simulator, depthUse);
    observe(input, input.act(simulator, nowMs), simulator, depthUse);
  }
}

/** What is known of one order from its reports alone. */
interface Known {
  readonly request: OrderRequest;
  quantityLots: number;
  limitTicks: number | undefined;
  filledLots: number;
  fills: number;
  hasEnded: boolean;
  firstTicks: number;
}

/** Judges reports without the code under test: only requests and reports go in. */
class Judge {
  readonly orders = new Map<number, Known>();
  positionLots = 0;
  /** Traded with the input in question. */
  boughtLots = 0;
  soldLots = 0;
  #heardMs = Number.NEGATIVE_INFINITY;

  learn(request: OrderRequest): void {
    const { orderId, quantityLots, limitTicks } = request;
    this.orders.set(orderId, { request, quantityLots, limitTicks, filledLots: 0, fills: 0, hasEnded: false, firstTicks: Number.NaN });
  }

  hear({ body, atMs, heardMs }: Report): void {
    assert.ok(heardMs >= this.#heardMs && heardMs >= atMs, 'no report overtakes another');
    this.#heardMs = heardMs;
    const known = this.orders.get(body.orderId);
    if (known === undefined) return assert.ok(body.kind === 'CANCEL_REFUSED' || body.kind === 'UPDATE_REFUSED');
    if (body.kind === 'CANCEL_REFUSED' || body.kind === 'UPDATE_REFUSED') return;
    assert.ok(!known.hasEnded, 'nothing happens to an order that has ended');
    if (body.kind === 'UPDATED') {
      known.quantityLots = Math.max(body.quantityLots, known.filledLots);
      known.limitTicks = body.limitTicks;
    } else if (body.kind === 'FILLED') this.#fill(known, body, atMs);
    known.hasEnded = known.filledLots === known.quantityLots || ['REJECTED', 'CANCELED', 'EXPIRED'].includes(body.kind);
  }

  #fill(known: Known, body: Extract<Report['body'], { kind: 'FILLED' }>, atMs: number): void {
    const { request } = known;
    const { priceTicks, quantityLots } = body;
    assert.ok(Number.isSafeInteger(priceTicks) && priceTicks > 0 && Number.isSafeInteger(quantityLots) && quantityLots > 0);
    assert.equal(body.tradeId, `${request.orderId}-${known.fills}`);
    known.fills += 1;
    known.filledLots += quantityLots;
    assert.ok(known.filledLots <= known.quantityLots, 'an order never trades more than it asks for');
    const bound = known.limitTicks ?? request.collarTicks;
    if (bound !== undefined) assert.ok(request.side * (priceTicks - bound) <= 0, 'never beyond the limit or the collar');
    else {
      // The first price lies within the collar around a price that is not better, so twice the collar bounds every later one.
      if (Number.isNaN(known.firstTicks)) known.firstTicks = priceTicks;
      const farTicks = worstTicks(request.side, known.firstTicks, 2 * COLLAR_BPS);
      assert.ok(request.side * (priceTicks - farTicks) <= 0, 'never beyond the collar of the venue');
    }
    if (request.timeInForce === 'FOK') assert.equal(known.filledLots, known.quantityLots);
    if (request.isPostOnly) assert.equal(body.liquidity, 'MAKER');
    if (request.expiryMs !== undefined) assert.ok(atMs < request.expiryMs, 'a GTD order trades before its time');
    if (request.isReduceOnly) {
      assert.ok(-request.side * this.positionLots >= quantityLots, 'a reduction never opens');
    }
    this.positionLots += request.side * quantityLots;
    if (request.side === BUY) this.boughtLots += quantityLots;
    else this.soldLots += quantityLots;
  }
}

/** What displayed quantity is left, told from the inputs and the fills alone. */
class Display {
  #buyLots = 0;
  #sellLots = 0;
  #printLots = 0;

  /** Takes what was traded with one input. Market data that was ignored shows nothing. */
  use({ shown }: Input, isIgnored: boolean, boughtLots: number, soldLots: number): void {
    if (isIgnored) return assert.equal(boughtLots + soldLots, 0, 'ignored data fills nothing');
    if (shown?.kind === 'QUOTE') {
      this.#buyLots = shown.buyLots - boughtLots;
      this.#sellLots = shown.sellLots - soldLots;
    } else if (shown?.kind === 'PRINT') this.#printLots = shown.lots - boughtLots - soldLots;
    else {
      // Orders that arrive trade with the last quote or with the last print.
      this.#printLots -= Math.max(0, boughtLots - this.#buyLots) + Math.max(0, soldLots - this.#sellLots);
      this.#buyLots = Math.max(0, this.#buyLots - boughtLots);
      this.#sellLots = Math.max(0, this.#sellLots - soldLots);
    }
    assert.ok(this.#buyLots >= 0 && this.#sellLots >= 0 && this.#printLots >= 0, 'never more than was shown');
  }
}

/** Plays and judges the history of a seed. A failure names the seed: `judgeHistory(seed)` alone repeats it. */
function judgeHistory(seed: number): void {
  try {
    judgePlay(seed);
  } catch (cause) {
    throw new Error(`seed ${seed}: ${String(cause)}`, { cause });
  }
}

function judgePlay(seed: number): void {
  const judge = new Judge();
  const display = new Display();
  let ignored = 0;
  play(seed, (input, reports, simulator, depthUse) => {
    if (input.request !== undefined) judge.learn(input.request);
    judge.boughtLots = 0;
    judge.soldLots = 0;
    for (const report of reports) judge.hear(report);
    const { lateCount, unusableCount } = simulator.ignoredData;
    const isIgnored = lateCount + unusableCount > ignored;
    ignored = lateCount + unusableCount;
    if (depthUse === 'CONSUMED') display.use(input, isIgnored, judge.boughtLots, judge.soldLots);
    assert.equal(simulator.positionLots, judge.positionLots);
    const open = new Map(simulator.openOrders().map((held) => [held.request.orderId, held]));
    for (const [orderId, known] of judge.orders) {
      const held = open.get(orderId);
      assert.equal(held === undefined, known.hasEnded, `order ${orderId} is open until it ends`);
      if (held === undefined) continue;
      assert.equal(held.order.filledLots, known.filledLots);
      assert.equal(held.order.filledLots + held.order.leavesLots(), held.order.quantityLots, 'cumulative + leaves = quantity');
      assert.equal(held.order.isQuarantined, false);
    }
  });
}

for (let block = 0; block < BLOCKS; block += 1) {
  test(`Simulator: keeps what must hold, for random histories of block ${block}`, () => {
    for (let seed = block * HISTORIES; seed < (block + 1) * HISTORIES; seed += 1) judgeHistory(seed);
  });
}

test('Simulator: the same inputs give the same reports, for random histories', () => {
  const textOf = (seed: number): string => {
    const told: string[] = [];
    play(seed, (_input, reports) => {
      for (const { body, atMs, heardMs } of reports)
        told.push(JSON.stringify([{ ...body, fee: body.kind === 'FILLED' ? body.fee.toNumber() : 0 }, atMs, heardMs]));
    });
    return told.join('\n');
  };
  const texts = Array.from({ length: 60 }, (_, seed) => textOf(seed));
  assert.deepEqual(
    texts,
    Array.from({ length: 60 }, (_, seed) => textOf(seed)),
  );
  assert.ok(texts.some((text) => text.includes('FILLED')));
});
