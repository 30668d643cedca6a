/** The position of one strategy in one instrument, with what it adds to the running totals. */
import { Exposure } from './exposure.ts';
import { type CostMethod, Position } from './position.ts';

/** Changed in place. */
export class Holding {
  readonly strategy: number;
  readonly instrument: number;
  readonly position: Position;
  readonly exposure = new Exposure();
  /** Place among the open holdings of the instrument; -1 when flat. */
  place = -1;
  /** When the position became flat last, in a count of such moments; -1 while open. */
  flatStamp = -1;

  constructor(strategy: number, instrument: number, method: CostMethod) {
    this.strategy = strategy;
    this.instrument = instrument;
    this.position = new Position(method);
  }
}
