/** RFC 3339 with the six digits that the API server wants of a `MicroTime`. */
export function microTime(nowMs: number): string {
  return new Date(nowMs).toISOString().replace('Z', '000Z');
}
