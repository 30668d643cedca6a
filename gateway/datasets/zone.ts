/** Turns the wall time of an IANA time zone into a moment, by the zone data of the runtime. Pure. */
import { FlotillaError } from '@flotilla/contracts';

export interface Zone {
  readonly name: string;
  /**
   * The moment at which clocks of the zone show `wallMs` (the wall time read as if it were UTC). Undefined when no moment or two moments do: clocks are
   * set forward or back.
   */
  utcMs(wallMs: number): number | undefined;
}

/** Offsets change at whole quarters of an hour. */
const QUARTER_MS = 900_000;
/** Longer than the distance between wall time and UTC anywhere. */
const DAY_MS = 86_400_000;

/** @throws FlotillaError `CONFIG_INVALID` when the zone is unknown. */
export function makeZone(name: string): Zone {
  const offsetAt = makeOffsetReader(name);
  // Rows come in the order of time, so one remembered quarter answers nearly all of them.
  let quarter = Number.NaN;
  let offset: number | undefined;
  return {
    name,
    utcMs(wallMs) {
      const asked = Math.floor(wallMs / QUARTER_MS);
      if (asked !== quarter) {
        quarter = asked;
        offset = onlyOffset(asked * QUARTER_MS, offsetAt);
      }
      return offset === undefined ? undefined : wallMs - offset;
    },
  };
}

/** An offset holds for the wall time when it is in force at the moment that it gives. */
function onlyOffset(wallMs: number, offsetAt: (utcMs: number) => number): number | undefined {
  const candidates = new Set([offsetAt(wallMs - DAY_MS), offsetAt(wallMs), offsetAt(wallMs + DAY_MS)]);
  const holding = [...candidates].filter((candidate) => offsetAt(wallMs - candidate) === candidate);
  return holding.length === 1 ? holding[0] : undefined;
}

/** Milliseconds by which clocks of the zone are ahead of UTC at a moment. */
function makeOffsetReader(name: string): (utcMs: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    throw new FlotillaError('CONFIG_INVALID', `expected an IANA time zone such as America/New_York, found ${name}`, { cause });
  }
  return (utcMs) => {
    const parts = new Map(format.formatToParts(utcMs).map(({ type, value }) => [type, Number(value)]));
    const [year, month, day, hour, minute, second] = (['year', 'month', 'day', 'hour', 'minute', 'second'] as const).map(
      (type) => parts.get(type) ?? 0,
    ) as [number, number, number, number, number, number];
    return Date.UTC(year, month - 1, day, hour, minute, second) - utcMs;
  };
}
