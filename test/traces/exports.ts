/** What a collector of traces has received, for the tests that scan it. */
import type { CollectedSpan, TraceCollector } from '@flotilla/runtime/testing/trace-collector.ts';
import type { Place } from '../e2e/secret-scan.ts';

/** Every export as a place in which no secret may stand. */
export function exportedPlaces({ bodies }: Pick<TraceCollector, 'bodies'>): readonly Place[] {
  return bodies.map((content, index) => ({ name: `export ${index}`, content }));
}

/** Names of the services that exported the spans, in alphabetical order. */
export function exportersOf(spans: readonly CollectedSpan[]): readonly string[] {
  return [...new Set(spans.map(({ service }) => service))].toSorted();
}
