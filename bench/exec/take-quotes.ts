/** Takes quotes over many instruments, some of them late, each with its age, and its middle against the band of its instrument. */
import { PriceBand } from '@flotilla/trading/market/price-band.ts';
import { Quote } from '@flotilla/trading/market/quote.ts';
import { ageMs, steadyNowMs } from '@flotilla/trading/market/steady-time.ts';

const INSTRUMENTS = 500;
const BAND = { bandBps: 500 };
const AGE_MS_MAX = 5_000;
/** One quote a millisecond. */
const START = { wallMs: 0, monotonicMs: 0 };

export function takeQuotes(count: number): void {
  const quotes = Array.from({ length: INSTRUMENTS }, () => new Quote());
  const bands = Array.from({ length: INSTRUMENTS }, () => new PriceBand());
  const sides = { bidTicks: 0, askTicks: 0, bidLots: 5, askLots: 5 };
  let counted = 0;
  for (let index = 0; index < count; index += 1) {
    const at = index % INSTRUMENTS;
    const quote = quotes[at];
    const band = bands[at];
    if (quote === undefined || band === undefined) throw new Error('every instrument has a quote and a band');
    sides.bidTicks = 6_000_000 + (index % 1_000);
    sides.askTicks = sides.bidTicks + 1;
    const isLate = index % 10 === 9;
    const isNew = quote.take(sides, isLate ? index - 1_000_000 : index, 0);
    const isFresh = ageMs(quote.sourceMs, steadyNowMs(START, index)) <= AGE_MS_MAX;
    if (isNew && isFresh && band.take(quote.middleHalfTicks(), BAND)) counted += 1;
  }
  if (counted < count * 0.85) throw new Error(`expected nine tenths of the quotes to count, found ${counted} of ${count}`);
}
