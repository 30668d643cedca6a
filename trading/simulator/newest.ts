/** Whether market data is newer than all before, by the time of its source and, for equal times, by the sequence of the source. */
export class Newest {
  sourceMs = Number.NEGATIVE_INFINITY;
  #sequence = -1;

  /** False for data that came after newer data, or twice. */
  take(sourceMs: number, sequence: number): boolean {
    if (sourceMs < this.sourceMs || (sourceMs === this.sourceMs && sequence <= this.#sequence)) return false;
    this.sourceMs = sourceMs;
    this.#sequence = sequence;
    return true;
  }
}
