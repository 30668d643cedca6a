/** Streams of the floor: the least time of a path through JetStream with as many stored messages as from a raw signal to its fill. */
import type { StreamDefinition } from '@flotilla/contracts';

/** As the fleet: raw and normalized share a stream, then decisions, then order and fill share one. */
export const FLOOR_STREAMS = ['FLOOR_SIGNALS', 'FLOOR_DECISIONS', 'FLOOR_EXECUTIONS'] as const;
export type FloorStream = (typeof FLOOR_STREAMS)[number];

/**
 * `hops`: four hops, one process each (the floor). `shape`: three processes, and the last one stores two messages one behind the
 * other, as exec stores an order before its fill; a little lower.
 */
export type FloorVariant = 'hops' | 'shape';

export const floorSubjects = {
  raw: (variant: string) => `floor.raw.${variant}`,
  normalized: (variant: string) => `floor.normalized.${variant}`,
  intent: (variant: string) => `floor.intent.${variant}`,
  order: (variant: string) => `floor.order.${variant}`,
  fill: (variant: string) => `floor.fill.${variant}`,
} as const;

export interface Hop {
  readonly name: string;
  readonly stream: FloorStream;
  readonly filter: string;
  /** The subjects through which a message passes, in order. */
  next(variant: FloorVariant): readonly string[];
}

export const HOPS: readonly Hop[] = [
  { name: 'normalise', stream: 'FLOOR_SIGNALS', filter: floorSubjects.raw('*'), next: (variant) => [floorSubjects.normalized(variant)] },
  { name: 'decide', stream: 'FLOOR_SIGNALS', filter: floorSubjects.normalized('*'), next: (variant) => [floorSubjects.intent(variant)] },
  {
    name: 'accept',
    stream: 'FLOOR_DECISIONS',
    filter: floorSubjects.intent('*'),
    next: (variant) => (variant === 'shape' ? [floorSubjects.order(variant), floorSubjects.fill(variant)] : [floorSubjects.order(variant)]),
  },
  { name: 'fill', stream: 'FLOOR_EXECUTIONS', filter: floorSubjects.order('hops'), next: (variant) => [floorSubjects.fill(variant)] },
];

const SUBJECTS: Readonly<Record<FloorStream, readonly string[]>> = {
  FLOOR_SIGNALS: [floorSubjects.raw('*'), floorSubjects.normalized('*')],
  FLOOR_DECISIONS: [floorSubjects.intent('*')],
  FLOOR_EXECUTIONS: [floorSubjects.order('*'), floorSubjects.fill('*')],
};

/** The same settings as the fleet's streams. */
export function floorStream(name: FloorStream): StreamDefinition {
  return { name, subjects: SUBJECTS[name], maxAgeMs: 3_600_000, sealed: false, duplicateWindowMs: 300_000 };
}
