/** The fixed ends of an entry's line, read from the bytes: quick enough for millions of lines. */
import { ENTRY_BYTES_MAX } from './format.ts';

/** Fields of every entry. */
export interface EntryFrame {
  readonly index: number;
  readonly prevHash: string;
  readonly sequence: number;
  readonly stream: string;
}

const INDEX_PREFIX = Buffer.from('{"index":');
const PREV_HASH_KEY = ',"prevHash":"';
const SEQUENCE_KEY = '","sequence":';
const STREAM_KEY = ',"stream":"';
const HASH_DIGITS = 64;
const SMALLEST_BYTES = INDEX_PREFIX.length + 2 + PREV_HASH_KEY.length + HASH_DIGITS + SEQUENCE_KEY.length + 1 + STREAM_KEY.length + 3;
const DIGITS_MAX = 15;
const STREAM_NAME_BYTES_MAX = 64;
const QUOTE = 0x22;
const CLOSING_BRACE = 0x7d;
const COMMA = 0x2c;

/** Reads the frame of `bytes[start, end)`; undefined when it is not framed like an entry. */
export function readEntryFrame(bytes: Buffer, start: number, end: number): EntryFrame | undefined {
  if (end - start < SMALLEST_BYTES || end - start > ENTRY_BYTES_MAX) return undefined;
  const index = readIndex(bytes, start);
  if (index === undefined || bytes[end - 1] !== CLOSING_BRACE || bytes[end - 2] !== QUOTE) return undefined;

  let streamStart = end - 2;
  while (streamStart > end - STREAM_NAME_BYTES_MAX && bytes[streamStart - 1] !== QUOTE) streamStart -= 1;
  const sequenceEnd = streamStart - STREAM_KEY.length;
  if (!textAt(bytes, sequenceEnd, STREAM_KEY)) return undefined;

  let sequenceStart = sequenceEnd;
  while (sequenceStart > sequenceEnd - DIGITS_MAX && isDigit(bytes[sequenceStart - 1])) sequenceStart -= 1;
  const sequence = readNumber(bytes, sequenceStart, sequenceEnd);
  const hashEnd = sequenceStart - SEQUENCE_KEY.length;
  const hashStart = hashEnd - HASH_DIGITS;
  if (sequence === undefined || !textAt(bytes, hashEnd, SEQUENCE_KEY)) return undefined;
  if (!textAt(bytes, hashStart - PREV_HASH_KEY.length, PREV_HASH_KEY)) return undefined;

  return {
    index,
    prevHash: bytes.toString('latin1', hashStart, hashEnd),
    sequence,
    stream: bytes.toString('latin1', streamStart, end - 2),
  };
}

function readIndex(bytes: Buffer, start: number): number | undefined {
  for (let offset = 0; offset < INDEX_PREFIX.length; offset += 1) {
    if (bytes[start + offset] !== INDEX_PREFIX[offset]) return undefined;
  }
  const digitsStart = start + INDEX_PREFIX.length;
  let digitsEnd = digitsStart;
  while (digitsEnd < digitsStart + DIGITS_MAX && isDigit(bytes[digitsEnd])) digitsEnd += 1;
  return bytes[digitsEnd] === COMMA ? readNumber(bytes, digitsStart, digitsEnd) : undefined;
}

/** Digits as a number; undefined when there are none or a leading zero makes it another text for the same number. */
function readNumber(bytes: Buffer, start: number, end: number): number | undefined {
  if (end <= start || (bytes[start] === 0x30 && end > start + 1)) return undefined;
  let value = 0;
  for (let offset = start; offset < end; offset += 1) value = value * 10 + ((bytes[offset] ?? 0) - 0x30);
  return value;
}

function textAt(bytes: Buffer, offset: number, text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (bytes[offset + index] !== text.charCodeAt(index)) return false;
  return true;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
