/** The operator: resources in, fleets out. main.ts runs it; tests start it on adapters of their own. */
export * from './start-operator.ts';
export * from './workload/settings.ts';
