/** Controllers: a keyed queue with priorities, level-triggered reconciliation, generic execution of intents. Knows no domain. */
export * from './condition.ts';
export * from './controller.ts';
export * from './event-recorder.ts';
export * from './executor.ts';
export * from './fence.ts';
export * from './intent.ts';
export * from './leader-election.ts';
export * from './listening-until.ts';
export * from './liveness.ts';
export * from './metrics.ts';
export * from './micro-time.ts';
export * from './owner-reference.ts';
export * from './priority.ts';
export * from './sampling.ts';
export * from './stall-watchdog.ts';
export * from './term.ts';
export * from './work-queue.ts';
