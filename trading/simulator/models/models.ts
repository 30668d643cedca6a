/** The models of one simulator, made from plain data, so that a configuration or a backtest names them. */
import { type FeeModel, noFee, perLotFee, rateFee } from './fee.ts';
import { type ImpactModel, linearImpact, noImpact, squareRootImpact } from './impact.ts';
import { fixedLatency, type LatencyModel, noLatency, uniformLatency } from './latency.ts';
import type { NextRandom } from './next-random.ts';
import { backOfQueue, noQueue, proportionalQueue, type QueueModel } from './queue-position.ts';
import { chanceSlippage, noSlippage, type SlippageModel } from './slippage.ts';

export interface Models {
  readonly latency: LatencyModel;
  readonly queue: QueueModel;
  readonly fee: FeeModel;
  readonly slippage: SlippageModel;
  readonly impact: ImpactModel;
}

interface None {
  readonly kind: 'NONE';
}

export interface ModelTerms {
  readonly latency:
    | None
    | { readonly kind: 'FIXED'; readonly commandMs: number; readonly reportMs: number }
    | { readonly kind: 'UNIFORM'; readonly msMin: number; readonly msMax: number };
  readonly queue: None | { readonly kind: 'BACK' } | { readonly kind: 'PROPORTIONAL' };
  readonly fee:
    | None
    | { readonly kind: 'RATE'; readonly takerMicros: number; readonly makerMicros: number }
    | { readonly kind: 'PER_LOT'; readonly unitsPerLot: number; readonly unitsMin: number };
  readonly slippage: None | { readonly kind: 'CHANCE'; readonly chance: number; readonly ticks: number };
  readonly impact: None | { readonly kind: 'LINEAR' | 'SQUARE_ROOT'; readonly fullTicks: number };
}

/** @param next the random sequence of this simulator alone: another reader of it would change the fills */
export function makeModels({ latency, queue, fee, slippage, impact }: ModelTerms, next: NextRandom): Models {
  return {
    latency: latencyOf(latency, next),
    queue: QUEUES[queue.kind],
    fee: feeOf(fee),
    slippage: slippage.kind === 'NONE' ? noSlippage : chanceSlippage(slippage, next),
    impact: impactOf(impact),
  };
}

const QUEUES: Readonly<Record<ModelTerms['queue']['kind'], QueueModel>> = {
  NONE: noQueue,
  BACK: backOfQueue,
  PROPORTIONAL: proportionalQueue,
};

function latencyOf(terms: ModelTerms['latency'], next: NextRandom): LatencyModel {
  if (terms.kind === 'NONE') return noLatency;
  return terms.kind === 'FIXED' ? fixedLatency(terms) : uniformLatency(terms, next);
}

function feeOf(terms: ModelTerms['fee']): FeeModel {
  if (terms.kind === 'NONE') return noFee;
  return terms.kind === 'RATE' ? rateFee(terms) : perLotFee(terms);
}

function impactOf(terms: ModelTerms['impact']): ImpactModel {
  if (terms.kind === 'NONE') return noImpact;
  return terms.kind === 'LINEAR' ? linearImpact(terms) : squareRootImpact(terms);
}
