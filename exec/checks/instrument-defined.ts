/** Without a definition nobody can say what a tick, a lot or a price of the instrument is. */
import { type Check, deny } from './check.ts';

export const instrumentDefined: Check = ({ intent, instrument }) =>
  instrument === undefined ? deny('INSTRUMENT_NOT_ALLOWED', 'the instrument is not defined', { instrument: intent.instrument }) : undefined;
