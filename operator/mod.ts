/** Public part of the operator. `main.ts` runs the operator; tests and benches start it with adapters of their own. */
export * from './start-operator.ts';
export * from './workload/settings.ts';
