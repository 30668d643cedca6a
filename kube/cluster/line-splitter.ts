/** Bound on a line of a watch: an object has at most 1.5 MiB in etcd; JSON escapes and managed fields add to that. */
export const WATCH_LINE_BYTES_MAX = 32 * 1024 * 1024;

/** Splits a byte stream into lines at `\n`. A last line without its `\n` is truncated and is not given out. */
export function makeLineSplitter(lineBytesMax: number = WATCH_LINE_BYTES_MAX): (chunk: Uint8Array) => readonly string[] {
  let held: Uint8Array[] = [];
  let heldBytes = 0;

  return (chunk) => {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const piece = chunk.subarray(start, end);
      const line = held.length === 0 ? piece : Buffer.concat([...held, piece]);
      held = [];
      heldBytes = 0;
      if (line.byteLength > 0) lines.push(Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8'));
      start = end + 1;
    }
    if (start < chunk.byteLength) {
      const rest = chunk.subarray(start);
      heldBytes += rest.byteLength;
      if (heldBytes > lineBytesMax) throw new RangeError(`expected lines of at most ${lineBytesMax} bytes in a watch, found a longer one`);
      held.push(rest);
    }
    return lines;
  };
}
