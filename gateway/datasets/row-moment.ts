/** Reads the time of a recorded row exactly, in the form that the format of the dataset names. Pure. */
import { EVENT_TIME_MAX, EVENT_TIME_MIN, formatTime, type RowFormat } from '@flotilla/contracts';
import { malformed, quoteFound } from '../signals/field-error.ts';
import { makeZone, type Zone } from './zone.ts';

/** A moment to the nanosecond. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly ms: number;
  /** Nanoseconds beyond `ms`, 0 to 999,999. */
  readonly nanos: number;
}

export type ReadMoment = (text: string) => Moment;

const FIRST_MS = Date.parse(EVENT_TIME_MIN);
const LAST_MS = Date.parse(EVENT_TIME_MAX);

/** Digits behind the second of each unit. */
const EPOCH_DIGITS = { EpochSeconds: 0, EpochMilliseconds: 3, EpochMicroseconds: 6, EpochNanoseconds: 9 } as const;
type EpochUnit = keyof typeof EPOCH_DIGITS;
const EPOCH_UNITS = Object.keys(EPOCH_DIGITS) as readonly EpochUnit[];
const NANO_DIGITS = 9;

/**
 * The reader throws a FieldError of the field `time` for a text of another form, for dates that do not exist, and for times that no event may carry.
 *
 * @throws FlotillaError `CONFIG_INVALID` when the time zone is unknown.
 */
export function makeMomentReader({ time, timeZone }: Pick<RowFormat, 'time' | 'timeZone'>): ReadMoment {
  if (time !== 'Iso') return (text) => checkBounds(epochMoment(text, time), epochExpected(time), epochFound(text));
  const zone = timeZone === undefined ? undefined : makeZone(timeZone);
  return (text) => checkBounds(isoMoment(text, zone), isoExpected(zone), quoteFound(text));
}

/** Negative, zero or positive as `one` is before, at or after `other`. */
export function compareMoments(one: Moment, other: Moment): number {
  return one.ms - other.ms || one.nanos - other.nanos;
}

/** RFC 3339 in UTC, with as many digits behind the millisecond as needed. */
export function formatMoment({ ms, nanos }: Moment): string {
  const text = formatTime(ms);
  return nanos === 0 ? text : `${text.slice(0, -1)}${String(nanos).padStart(6, '0').replace(/0+$/, '')}Z`;
}

function checkBounds(moment: Moment | undefined, expected: string, found: string): Moment {
  if (moment === undefined) throw malformed('time', expected, found);
  if (moment.ms >= FIRST_MS && moment.ms <= LAST_MS) return moment;
  throw malformed('time', `${expected}, from ${EVENT_TIME_MIN} to ${EVENT_TIME_MAX}`, found);
}

function epochExpected(unit: EpochUnit): string {
  return `a number since 1970 as time ${unit}`;
}

/** Says by which unit the number would be a time of market data, because a wrong unit is the usual mistake. */
function epochFound(text: string): string {
  const found = quoteFound(text);
  const fitting = EPOCH_UNITS.find((unit) => {
    const ms = epochMoment(text, unit)?.ms;
    return ms !== undefined && ms >= FIRST_MS && ms <= LAST_MS;
  });
  if (fitting !== undefined) return `${found}, which would be a time as ${fitting}`;
  return ISO.test(text) ? `${found}, which looks like the time Iso` : found;
}

function epochMoment(text: string, unit: EpochUnit): Moment | undefined {
  const match = /^([0-9]{1,19})(?:\.([0-9]{1,18}))?$/.exec(text);
  if (match === null) return undefined;
  const [, whole = '', fraction = ''] = match;
  const digits = NANO_DIGITS - EPOCH_DIGITS[unit];
  // A fraction below a nanosecond cannot be kept, unless it is zero.
  if (/[1-9]/.test(fraction.slice(digits))) return undefined;
  const nanos = (whole + fraction.slice(0, digits).padEnd(digits, '0')).padStart(7, '0');
  const ms = Number(nanos.slice(0, -6));
  return Number.isSafeInteger(ms) ? { ms, nanos: Number(nanos.slice(-6)) } : undefined;
}

const ISO =
  /^([0-9]{4})([-/])([0-9]{2})\2([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?\s?(Z|UTC|[+-][0-9]{2}:?[0-9]{2})?)?$/i;

function isoExpected(zone: Zone | undefined): string {
  return zone === undefined
    ? 'a time such as 2016-10-07T00:00:04Z, with Z or an offset because the format names no timeZone'
    : `a time such as 2016-10-07 00:00:04 that occurs once in the zone ${zone.name}`;
}

function isoMoment(text: string, zone: Zone | undefined): Moment | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, year, , month, day, hour = '00', minute = '00', second = '00', fraction = '', offset] = match;
  if (hour > '23' || minute > '59' || second > '59') return undefined;
  const wallMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date.parse takes February 30th for March 1st.
  if (Number.isNaN(wallMs) || formatTime(wallMs).slice(8, 10) !== day) return undefined;
  const nanos = fraction.padEnd(NANO_DIGITS, '0');
  const wholeMs = Number(nanos.slice(0, 3));
  const utcMs = offset === undefined ? zone?.utcMs(wallMs) : wallMs - offsetMs(offset);
  return utcMs === undefined ? undefined : { ms: utcMs + wholeMs, nanos: Number(nanos.slice(3)) };
}

function offsetMs(offset: string): number {
  if (!/^[+-]/.test(offset)) return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000;
}
