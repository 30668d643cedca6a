/** Quotes of one instrument through the simulated exchange, with ten orders that rest; every 200th quote brings a market order. */
import { makeSequence } from '@flotilla/contracts/testing/seeded-sequence.ts';
import { BUY, SELL, type SideSign } from '@flotilla/trading/orders/order.ts';
import { makeModels } from '@flotilla/trading/simulator/models/models.ts';
import { Simulator } from '@flotilla/trading/simulator/simulator.ts';

const RESTING = 10;
const QUOTES_PER_ORDER = 200;
const MIDDLE_TICKS = 6_000_000;

export function matchQuotes(count: number): void {
  const simulator = new Simulator({
    models: makeModels(
      {
        latency: { kind: 'NONE' },
        queue: { kind: 'BACK' },
        fee: { kind: 'RATE', takerMicros: 500, makerMicros: 100 },
        slippage: { kind: 'NONE' },
        impact: { kind: 'NONE' },
      },
      makeSequence(1),
    ),
    contract: { inverseUnits: undefined },
    depthUse: 'CONSUMED',
    barPath: 'ADAPTIVE',
    dataAgeMsMax: 1_000,
    marketOrderAgeMsMax: 1_000,
    collarBps: 100,
  });
  for (let at = 0; at < RESTING; at += 1) simulator.submit(orderOf(at, at % 2 === 0 ? BUY : SELL, true), 0);
  const sides = { bidTicks: 0, askTicks: 0, bidLots: 500, askLots: 500 };
  let fills = 0;
  for (let index = 1; index <= count; index += 1) {
    sides.bidTicks = MIDDLE_TICKS + (index % 50);
    sides.askTicks = sides.bidTicks + 1;
    simulator.quote(sides, index, 0, index);
    if (index % QUOTES_PER_ORDER !== 0) continue;
    const side = (index / QUOTES_PER_ORDER) % 2 === 0 ? BUY : SELL;
    fills += simulator.submit(orderOf(RESTING + index, side, false), index).length - 1;
  }
  const want = Math.floor(count / QUOTES_PER_ORDER);
  if (fills !== want) throw new Error(`expected ${want} fills, found ${fills}`);
}

/** A resting order lies far behind the best price. */
function orderOf(orderId: number, side: SideSign, isResting: boolean) {
  return {
    orderId,
    side,
    quantityLots: 1,
    limitTicks: isResting ? MIDDLE_TICKS - side * (1_000 + orderId) : undefined,
    collarTicks: undefined,
    timeInForce: 'GTC',
    expiryMs: undefined,
    validUntilMs: Number.POSITIVE_INFINITY,
    isPostOnly: false,
    isReduceOnly: false,
  } as const;
}
