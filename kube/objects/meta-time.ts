/** Prints times as the API server stores them, so that what a controller writes equals what it reads back. Pure. */
import { formatTime } from '@flotilla/contracts/values/format-time.ts';

/** `metav1.Time`: RFC 3339 in UTC with seconds. */
export function metaTime(timeMs: number): string {
  return `${formatTime(timeMs).slice(0, 19)}Z`;
}

/** `metav1.MicroTime`: RFC 3339 in UTC with the six digits that the API server demands. */
export function microTime(timeMs: number): string {
  return formatTime(timeMs).replace('Z', '000Z');
}
