/** The instrument needs a definition: without one exec knows neither its tick nor its lot. */
import { type Check, deny } from './check.ts';

export const instrumentDefined: Check = ({ intent, instrument }) =>
  instrument === undefined ? deny('INSTRUMENT_NOT_ALLOWED', 'the instrument is not defined', { instrument: intent.instrument }) : undefined;
