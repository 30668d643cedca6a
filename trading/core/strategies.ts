/** What the core knows of each strategy: its limits, its last orders, and the day on which its loss was reached. */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { StrategyLimits } from '../checks/limits.ts';
import { STRATEGIES_MAX } from '../ledger/holdings.ts';
import type { PackedReader } from '../packing/packed-reader.ts';
import type { PackedWriter } from '../packing/packed-writer.ts';
import { MessageTimes } from './message-times.ts';

export interface StrategyState {
  limits: StrategyLimits | undefined;
  areSettled: boolean;
  messages: MessageTimes | undefined;
  /** The last day on which an order was denied for the loss of the day; -1: none. */
  lossDay: number;
}

/** Changed in place. */
export class Strategies {
  readonly #states: (StrategyState | undefined)[] = [];

  of(strategy: number): StrategyState {
    const known = this.#states[strategy];
    if (known !== undefined) return known;
    const isBounded = Number.isSafeInteger(strategy) && strategy >= 0 && strategy < STRATEGIES_MAX;
    assert(isBounded, `expected a strategy below ${STRATEGIES_MAX}, found ${strategy}`);
    const state: StrategyState = { limits: undefined, areSettled: false, messages: undefined, lossDay: -1 };
    this.#states[strategy] = state;
    return state;
  }

  /** The limits of a strategy from now on. With another rate of messages the count of the last second begins anew. */
  configure(strategy: number, limits: StrategyLimits | undefined, areSettled: boolean): void {
    const state = this.of(strategy);
    if (limits !== undefined && limits.messagesPerSecond !== state.messages?.max)
      state.messages = new MessageTimes(limits.messagesPerSecond);
    state.limits = limits;
    state.areSettled = areSettled;
  }

  /** Writes what no configuration brings back. */
  pack(writer: PackedWriter): void {
    const known = [...this.#states.entries()].filter(([, state]) => state !== undefined);
    writer.number(known.length);
    for (const [strategy, state] of known) {
      if (state === undefined) continue;
      writer.number(strategy);
      writer.number(state.lossDay);
      writer.number(state.messages === undefined ? 0 : 1);
      state.messages?.pack(writer);
    }
  }

  unpack(reader: PackedReader): void {
    for (let left = reader.count(STRATEGIES_MAX); left > 0; left -= 1) {
      const state = this.of(reader.number());
      state.lossDay = reader.number();
      state.messages = reader.count(1) === 1 ? MessageTimes.unpack(reader) : undefined;
    }
  }
}
