/** A set of row numbers, one bit each. Pure. */
export interface RowSet {
  /** Ignores a row beyond the last one. */
  add(row: number): void;
  has(row: number): boolean;
}

export function makeRowSet(rowCount: number): RowSet {
  const bits = new Uint8Array(Math.ceil(rowCount / 8));
  return {
    add(row) {
      if (row < rowCount) bits[row >>> 3] = (bits[row >>> 3] ?? 0) | (1 << (row & 7));
    },
    has: (row) => ((bits[row >>> 3] ?? 0) & (1 << (row & 7))) !== 0,
  };
}
