/**
 * How Node runs the operator, wherever it runs: here for the local cluster and the bench, and, held to this by a test, in the chart.
 *
 * What lives in a thousand Strategies' operator is some 15 MiB more than in an idle one's; the rest is what is not collected yet and what is not
 * given back (ADR 0018).
 *
 * - `--max-semi-space-size`: by default the young generation grows to three times 16 MiB when a thousand objects come at once.
 * - `--initial-old-space-size`, `--heap-growing-percent`: the old generation is collected first at 40 MiB, then each time when it has grown by
 *   half, and not at 150 MiB and then when it has doubled or more.
 */
export const OPERATOR_NODE_FLAGS = ['--max-semi-space-size=4', '--initial-old-space-size=40', '--heap-growing-percent=50'] as const;

/** One pool for the memory outside the heap: glibc makes one for each thread and gives little of them back. */
export const OPERATOR_ENVIRONMENT = { MALLOC_ARENA_MAX: '1' } as const;
