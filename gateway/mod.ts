/** What other workspaces may take from the gateway: the gateway itself, put together out of ports (tests and benchmarks). */
export * from './gateway.ts';
