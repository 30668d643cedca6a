/** Cuts the bytes of a file into lines while they arrive, so that a file of any size takes the memory of one line. Pure. */

/** Longest line, in bytes. A longer one is cut off and marked. */
export const LINE_BYTES_MAX = 16 * 1024;

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without line end (LF or CRLF) and byte order mark. Undefined for a line of more than {@link LINE_BYTES_MAX} bytes. */
  readonly text: string | undefined;
}

export interface LineSplitter {
  /** The lines that end within `chunk`. The chunk may be overwritten afterwards. */
  push(chunk: Buffer): readonly Line[];
  /** The last line, when the file does not end with a line end. */
  end(): readonly Line[];
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = '\uFEFF';

export function makeLineSplitter(): LineSplitter {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  let number = 0;

  function keep(bytes: Buffer): void {
    begunBytes += bytes.byteLength;
    if (begunBytes <= LINE_BYTES_MAX + 1) begun.push(Buffer.from(bytes));
    else begun = [];
  }

  function finish(last: Buffer): Line {
    number += 1;
    const bytes = begunBytes === 0 ? last : Buffer.concat([...begun, last]);
    const tooLong = begunBytes + last.byteLength > LINE_BYTES_MAX + 1;
    begun = [];
    begunBytes = 0;
    return { number, text: tooLong ? undefined : textOf(bytes, number) };
  }

  return {
    push(chunk) {
      const lines: Line[] = [];
      let start = 0;
      for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
        lines.push(finish(chunk.subarray(start, end)));
        start = end + 1;
      }
      if (start < chunk.byteLength) keep(chunk.subarray(start));
      return lines;
    },
    end: () => (begunBytes === 0 ? [] : [finish(Buffer.alloc(0))]),
  };
}

function textOf(bytes: Buffer, number: number): string {
  const end = bytes.at(-1) === CARRIAGE_RETURN ? bytes.byteLength - 1 : bytes.byteLength;
  const text = bytes.toString('utf8', 0, end);
  return number === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}
