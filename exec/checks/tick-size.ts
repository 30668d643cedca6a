/** The limit price must be a whole number of ticks. */
import { type Check, deny } from './check.ts';

export const tickSize: Check = ({ intent, numbers, instrument }) => {
  if (numbers?.limitPrice === undefined || instrument === undefined) return undefined;
  if (numbers.limitPrice % instrument.tickUnits === 0n) return undefined;
  return deny('PRICE_OFF_TICK', 'the limit price is not a multiple of the tick size', {
    tickSize: instrument.tickSize,
    found: intent.limitPrice ?? '',
  });
};
