/** A strategy trades its own instruments. */
import { type Check, deny } from './check.ts';

export const instrumentAllowed: Check = ({ intent, strategy, instrument }) => {
  if (strategy === undefined || instrument === undefined || strategy.instruments.includes(intent.instrument)) return undefined;
  return deny('INSTRUMENT_NOT_ALLOWED', 'the instrument is not one of the strategy', {
    instrument: intent.instrument,
    allowed: strategy.instruments.join(' '),
  });
};
