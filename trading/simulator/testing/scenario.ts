/** Tells one story of the simulator: what is given, what happens, and what the venue reports. */
import { makeSequence } from '@flotilla/contracts/testing/seeded-sequence.ts';
import { BUY, SELL, type SideSign } from '../../orders/order.ts';
import { makeModels, type ModelTerms } from '../models/models.ts';
import type { OrderRequest } from '../order-request.ts';
import type { Report } from '../report.ts';
import { Simulator } from '../simulator.ts';
import type { Phase, SimulatorTerms } from '../simulator-terms.ts';

export const NO_MODELS: ModelTerms = {
  latency: { kind: 'NONE' },
  queue: { kind: 'NONE' },
  fee: { kind: 'NONE' },
  slippage: { kind: 'NONE' },
  impact: { kind: 'NONE' },
};

/** The bounds of every story: old data is older than 5 s, a market order waits 60 s, and a collar is 1,000 bps wide. */
export const START_MS = 1_000_000;
export const AGE_MS = 5_000;
export const MARKET_AGE_MS = 60_000;

export interface Given {
  readonly models?: Partial<ModelTerms>;
  readonly terms?: Partial<Omit<SimulatorTerms, 'models'>>;
  readonly positionLots?: number;
}

export function simulatorOf({ models = {}, terms = {}, positionLots = 0 }: Given = {}): Simulator {
  const simulator = new Simulator({
    models: makeModels({ ...NO_MODELS, ...models }, makeSequence(7)),
    contract: { inverseUnits: undefined },
    depthUse: 'CONSUMED',
    barPath: 'ADAPTIVE',
    dataAgeMsMax: AGE_MS,
    marketOrderAgeMsMax: MARKET_AGE_MS,
    collarBps: 1_000,
    ...terms,
  });
  simulator.restore([], positionLots);
  return simulator;
}

/** The simulator of a story with its time and the count of its market data. */
export interface World {
  readonly simulator: Simulator;
  nowMs: number;
  sequence: number;
}

export type Step = (world: World) => readonly Report[];

export type Wish = Partial<OrderRequest>;

export function requestOf(orderId: number, side: SideSign, quantityLots: number, wish: Wish = {}): OrderRequest {
  return {
    orderId,
    side,
    quantityLots,
    limitTicks: undefined,
    collarTicks: undefined,
    timeInForce: 'GTC',
    expiryMs: undefined,
    validUntilMs: Number.POSITIVE_INFINITY,
    isPostOnly: false,
    isReduceOnly: false,
    ...wish,
  };
}

export const limit = (limitTicks: number, wish: Wish = {}): Wish => ({ limitTicks, ...wish });
const order = (orderId: number, side: SideSign, lots: number, wish?: Wish): Step => {
  return ({ simulator, nowMs }) => simulator.submit(requestOf(orderId, side, lots, wish), nowMs);
};
/** Without a limit: a market order. */
export const buy = (orderId: number, lots: number, wish?: Wish): Step => order(orderId, BUY, lots, wish);
export const sell = (orderId: number, lots: number, wish?: Wish): Step => order(orderId, SELL, lots, wish);

/** Bid, its quantity, ask, its quantity; `ageMs` old when it comes. */
export function quote(bidTicks: number, bidLots: number, askTicks: number, askLots: number, ageMs = 0): Step {
  return (world) => {
    world.sequence += 1;
    const { simulator, nowMs, sequence } = world;
    return simulator.quote({ bidTicks, bidLots, askTicks, askLots }, nowMs - ageMs, sequence, nowMs);
  };
}

export function trade(ticks: number, lots: number, aggressor?: SideSign, ageMs = 0): Step {
  return (world) => {
    world.sequence += 1;
    const { simulator, nowMs, sequence } = world;
    return simulator.trade({ ticks, lots, aggressor, sourceMs: nowMs - ageMs, sequence }, nowMs);
  };
}

/** Open, high, low, close. The bar began `begunMs` ago, and is known when it ends, one second later. */
export function bar(openTicks: number, highTicks: number, lowTicks: number, closeTicks: number, lots: number, begunMs = 0): Step {
  return (world) => {
    const openMs = world.nowMs - begunMs;
    world.nowMs += 1_000;
    return world.simulator.bar({ openTicks, highTicks, lowTicks, closeTicks, lots, openMs, closeMs: world.nowMs }, world.nowMs);
  };
}

export function wait(ms: number): Step {
  return (world) => {
    world.nowMs += ms;
    return world.simulator.advance(world.nowMs);
  };
}

export const cancel = (orderId: number): Step => {
  return ({ simulator, nowMs }) => simulator.cancel(orderId, nowMs);
};
export const update = (orderId: number, quantityLots: number, limitTicks: number): Step => {
  return ({ simulator, nowMs }) => simulator.update(orderId, { quantityLots, limitTicks }, nowMs);
};
export const cancelAll: Step = ({ simulator, nowMs }) => simulator.cancelAll(nowMs);
export const phase = (next: Phase): Step => {
  return ({ simulator, nowMs }) => simulator.setPhase(next, nowMs);
};

/** A fill as `1 2@100 TAKER`: order, lots, price. Anything else as `1 CANCELED REQUESTED`. */
export function briefOf({ body }: Report): string {
  switch (body.kind) {
    case 'FILLED':
      return `${body.orderId} ${body.quantityLots}@${body.priceTicks} ${body.liquidity}`;
    case 'ACCEPTED':
      return `${body.orderId} ACCEPTED`;
    case 'UPDATED':
      return `${body.orderId} UPDATED ${body.quantityLots}@${body.limitTicks}`;
    default:
      return `${body.orderId} ${body.kind} ${body.reason}`;
  }
}

export interface Story {
  /** Why the result is right. */
  readonly reason: string;
  readonly given?: Given;
  readonly when: readonly Step[];
  /** What the venue reports, without acceptances. */
  readonly want: readonly string[];
}

export function worldOf(given: Given = {}): World {
  return { simulator: simulatorOf(given), nowMs: START_MS, sequence: 0 };
}

/** What the venue reports, without acceptances. */
export function tell({ given, when }: Pick<Story, 'given' | 'when'>): readonly string[] {
  const world = worldOf(given);
  return when
    .flatMap((step) => step(world))
    .filter(({ body }) => body.kind !== 'ACCEPTED')
    .map(briefOf);
}
