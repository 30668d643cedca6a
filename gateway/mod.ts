/** Gives the gateway, made of ports, to the tests and benchmarks of other workspaces. */
export * from './gateway.ts';
