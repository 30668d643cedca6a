/** Random histories of a core with simulated exchanges, by seed, and the inputs that reached the core. */
import { makeSequence } from '@flotilla/contracts/testing/seeded-sequence.ts';
import type { Core } from '../core/core.ts';
import type { CoreEvent } from '../core/core-event.ts';
import { BUY, SELL } from '../orders/order.ts';
import { PaperAccount } from '../paper/paper-account.ts';
import { makeModels } from '../simulator/models/models.ts';
import type { SimulatorTerms } from '../simulator/simulator-terms.ts';
import { CORE_TERMS, DAY, limitsWith, NEVER_MS, START_MS, usd } from './core-world.ts';

const STEPS = 150;
const INSTRUMENTS = 2;
export const STRATEGIES: readonly number[] = [1, 2, 3];
export const CAPITAL = '5000';

export interface History {
  readonly paper: PaperAccount;
  readonly events: readonly CoreEvent[];
}

/** The same seed gives the same inputs. */
export function play(
  seed: number,
  after: (history: History, nowMs: number) => void = () => undefined,
  onCore: (core: Core) => void = () => undefined,
): History {
  const next = makeSequence(seed);
  const below = (bound: number): number => Math.floor(next() * bound);
  const events: CoreEvent[] = [];
  const paper = new PaperAccount({
    core: CORE_TERMS,
    onEvent: (event) => void events.push(event),
    venueOf: (instrument) => venueTerms(seed + instrument),
  });
  const history = { paper, events };
  onCore(paper.core);
  paper.core.addCapital({ currency: 0, amount: usd('1000000') }, START_MS);
  paper.core.setMode('ACTIVE', START_MS);
  for (const strategy of STRATEGIES) paper.core.configure(strategy, limitsWith({ capital: CAPITAL }), true, START_MS);
  paper.core.openDay(DAY, START_MS);
  let nowMs = START_MS;
  let placed = 0;
  const act = (): void => {
    const instrument = below(INSTRUMENTS);
    const what = below(10);
    if (what < 5) {
      const bidTicks = 95 + below(10);
      const sides = { bidTicks, askTicks: bidTicks + below(3), bidLots: below(30), askLots: below(30) };
      return paper.quote(instrument, sides, nowMs - below(3), below(1_000), nowMs);
    }
    if (what < 8) return paper.place(randomOrder(instrument, below, (placed += 1), nowMs), nowMs);
    if (what === 8) return paper.take({ kind: 'CANCEL', orderId: Math.max(1, placed - below(6)) }, nowMs);
    return paper.take(
      { kind: 'REPLACE', orderId: Math.max(1, placed - below(6)), quantityLots: 1 + below(40), limitTicks: 95 + below(12) },
      nowMs,
    );
  };
  for (let index = 0; index < STEPS; index += 1) {
    nowMs += below(20);
    act();
    after(history, nowMs);
  }
  paper.advance(nowMs + 10_000);
  after(history, nowMs + 10_000);
  return history;
}

function randomOrder(instrument: number, below: (bound: number) => number, orderId: number, nowMs: number) {
  const isMarket = below(3) === 0;
  return {
    orderId,
    strategy: STRATEGIES[below(STRATEGIES.length)] ?? 1,
    instrument,
    side: below(2) === 0 ? BUY : SELL,
    quantityLots: 1 + below(30),
    limitTicks: isMarket ? undefined : 94 + below(14),
    timeInForce: (['GTC', 'GTC', 'GTC', 'IOC', 'FOK', 'GTD'] as const)[below(6)] ?? 'GTC',
    expiryMs: nowMs + 1 + below(200),
    validUntilMs: below(8) === 0 ? nowMs + below(30) : NEVER_MS,
    isPostOnly: false,
    isReduceOnly: below(6) === 0,
    isOwn: false,
  } as const;
}

function venueTerms(seed: number): SimulatorTerms {
  return {
    models: makeModels(
      {
        latency: { kind: 'UNIFORM', msMin: 0, msMax: 40 },
        queue: { kind: 'BACK' },
        fee: { kind: 'RATE', takerMicros: 500, makerMicros: -100 },
        slippage: { kind: 'NONE' },
        impact: { kind: 'NONE' },
      },
      makeSequence(seed),
    ),
    contract: { inverseUnits: undefined },
    depthUse: 'CONSUMED',
    barPath: 'ADAPTIVE',
    dataAgeMsMax: 1_000,
    marketOrderAgeMsMax: 500,
    collarBps: 200,
  };
}

/** Gives an input to another core again. */
export type RecordedInput = (core: Core) => readonly CoreEvent[];

const INPUTS = ['quote', 'place', 'cancel', 'replace', 'report', 'configure', 'setMode', 'openDay', 'addCapital'] as const;

/** Every input that reached the core in the history of a seed. */
export function playHistory(seed: number): readonly RecordedInput[] {
  const inputs: RecordedInput[] = [];
  play(seed, undefined, (core) => {
    for (const name of INPUTS) {
      const take = core[name].bind(core) as (...args: readonly unknown[]) => readonly CoreEvent[];
      const record = (...args: readonly unknown[]): readonly CoreEvent[] => {
        inputs.push((other) => Reflect.apply(other[name], other, args) as readonly CoreEvent[]);
        return take(...args);
      };
      Object.assign(core, { [name]: record });
    }
  });
  return inputs;
}
