/**
 * Node's options and environment for the operator. The local cluster and the bench use this file; a test holds the chart against it.
 *
 * What lives in a thousand Strategies' operator is some 15 MiB more than in an idle one's; the rest is what is not collected yet and what is not
 * given back (ADR 0018).
 *
 * - `--max-semi-space-size`: by default the young generation grows to three times 16 MiB when a thousand objects come at once.
 * - `--initial-old-space-size`, `--heap-growing-percent`: the old generation is collected first at 32 MiB, then each time when it has grown by
 *   two fifths, and not when it has doubled or more.
 */
export const OPERATOR_NODE_FLAGS = ['--max-semi-space-size=2', '--initial-old-space-size=32', '--heap-growing-percent=40'] as const;

/** One memory pool outside the heap. glibc makes a pool for each thread by default and returns little of it to the system. */
export const OPERATOR_ENVIRONMENT = { MALLOC_ARENA_MAX: '1' } as const;
