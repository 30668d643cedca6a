/** What goes first; a stop never waits behind a backlog. */
export const PRIORITIES = ['kill', 'permission', 'spec', 'resync'] as const;

export type Priority = (typeof PRIORITIES)[number];

/** 0 goes first. */
export function priorityRank(priority: Priority): number {
  return PRIORITIES.indexOf(priority);
}
