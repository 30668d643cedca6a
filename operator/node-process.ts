/**
 * Node's options and environment for the operator. The local cluster and the bench use this file; a test holds the chart against it.
 *
 * An operator of a thousand Strategies holds about 15 MiB more live objects than an idle one. The rest of its memory is garbage that is not
 * collected yet, and memory that is not returned to the system (ADR 0018).
 *
 * - `--max-semi-space-size`: by default the young generation grows to three times 16 MiB when a thousand objects come at once.
 * - `--initial-old-space-size`, `--heap-growing-percent`: the old generation is collected first at 32 MiB, then each time when it has grown by
 *   two fifths, and not when it has doubled or more.
 */
export const OPERATOR_NODE_FLAGS = ['--max-semi-space-size=2', '--initial-old-space-size=32', '--heap-growing-percent=40'] as const;

/** One memory pool outside the heap. glibc makes a pool for each thread by default and returns little of it to the system. */
export const OPERATOR_ENVIRONMENT = { MALLOC_ARENA_MAX: '1' } as const;
