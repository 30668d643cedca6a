/** A status repeats the time of the last proof no more often, unless the outcome changes, so that a fleet at rest writes little. */
export const PROOF_REPEAT_MS = 600_000;
