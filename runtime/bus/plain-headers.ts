/** Headers of a message as a plain record. Of several values of one name, the last one counts. */
import type { MsgHdrs } from '@nats-io/nats-core';

const NONE: Readonly<Record<string, string>> = Object.freeze({});

export function plainHeaders(headers: MsgHdrs | undefined): Readonly<Record<string, string>> {
  if (headers === undefined) return NONE;
  const result: Record<string, string> = {};
  for (const [name, values] of headers) result[name] = values.at(-1) ?? '';
  return result;
}
