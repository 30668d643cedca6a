/** The priorities of the work queue. A key of priority `kill` never waits behind a backlog. */
export const PRIORITIES = ['kill', 'permission', 'spec', 'resync'] as const;

export type Priority = (typeof PRIORITIES)[number];

/** Rank of each priority; 0 is the highest. */
export function priorityRank(priority: Priority): number {
  return PRIORITIES.indexOf(priority);
}
