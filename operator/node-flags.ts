/**
 * Node's flags for the operator's process, wherever it runs: here for the local cluster and the bench, and, held to this by a test, in the chart.
 *
 * `--max-semi-space-size`: by default the young generation grows to three times 16 MiB when a thousand objects come at once, and V8 gives little
 * of it back. 4 keeps the collections rare enough that nobody notices them (ADR 0018).
 */
export const OPERATOR_NODE_FLAGS = ['--max-semi-space-size=4'] as const;
