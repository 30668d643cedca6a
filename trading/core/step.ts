/** The trading core as one function: the state and an input give events. */
import { unreachable } from '@flotilla/contracts/errors/assert.ts';
import type { Core } from './core.ts';
import type { CoreEvent } from './core-event.ts';
import type { CoreInput } from './core-input.ts';

/** Changes `core`, and gives what the input caused. The same core and the same inputs give the same events. */
export function step(core: Core, input: CoreInput, nowMs: number): readonly CoreEvent[] {
  switch (input.kind) {
    case 'QUOTE':
      return core.quote(input.instrument, input.sides, input.sourceMs, input.sequence, nowMs);
    case 'PRINT':
      return core.print(input.instrument, input.ticks, input.sourceMs, input.sequence, nowMs);
    case 'RATE':
      return core.rate(input.currency, input.rate, input.sourceMs, nowMs);
    case 'PLACE':
      return core.place(input.order, nowMs);
    case 'CANCEL':
      return core.cancel(input.orderId, nowMs);
    case 'REPLACE':
      return core.replace(input.orderId, input.quantityLots, input.limitTicks, nowMs);
    case 'REPORT':
      return core.report(input.report, nowMs);
    case 'LIMITS':
      return core.configure(input.strategy, input.limits, input.areSettled, nowMs);
    case 'MODE':
      return core.setMode(input.mode, nowMs);
    case 'DAY':
      return core.openDay(input.day, nowMs);
    case 'CAPITAL':
      return core.addCapital(input.money, nowMs);
    case 'SPLIT':
      return core.split(input.instrument, input.split, nowMs);
    default:
      return unreachable(input);
  }
}
