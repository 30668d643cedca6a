/** A reduce-only order must be a reduction when exec decides on the order. */
import { formatUnits } from '@flotilla/contracts';
import { type Check, deny } from './check.ts';

export const reduceOnly: Check = ({ intent, reducing, exposure }) => {
  if (!intent.reduceOnly || reducing) return undefined;
  return deny('REDUCE_ONLY_VIOLATION', 'the reduce-only order would open, increase or cross a position', {
    position: formatUnits(exposure.position),
    openBuy: formatUnits(exposure.openBuy),
    openSell: formatUnits(exposure.openSell),
    found: `${intent.side} ${intent.quantity}`,
  });
};
