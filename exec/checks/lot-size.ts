/** The quantity must be a whole number of lots. */
import { type Check, deny } from './check.ts';

export const lotSize: Check = ({ intent, numbers, instrument }) => {
  if (numbers === undefined || instrument === undefined || numbers.quantity % instrument.lotUnits === 0n) return undefined;
  return deny('QUANTITY_OFF_LOT', 'the quantity is not a multiple of the lot size', {
    lotSize: instrument.lotSize,
    found: intent.quantity,
  });
};
