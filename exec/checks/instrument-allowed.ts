/** A strategy may trade only the instruments in its own list. */
import { type Check, deny } from './check.ts';

export const instrumentAllowed: Check = ({ intent, strategy, instrument }) => {
  if (strategy === undefined || instrument === undefined || strategy.instruments.includes(intent.instrument)) return undefined;
  return deny('INSTRUMENT_NOT_ALLOWED', 'the instrument is not in the list of the Strategy', {
    instrument: intent.instrument,
    allowed: strategy.instruments.join(' '),
  });
};
