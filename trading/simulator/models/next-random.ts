/** The next number of a random sequence that the caller seeds: uniform in [0, 1). */
export type NextRandom = () => number;
