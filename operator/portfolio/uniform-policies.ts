/** Tells the portfolio controller when all execs have come to run the same limits of a policy. */
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';

/**
 * Tells, at each look, which policies have become uniform since the last one: all execs that are heard run the same limits of them.
 *
 * Only a hint for whom to wake, so that a policy with a thousand users wakes them once and not a thousand times: forgetting it costs time alone.
 */
export function makeUniformPolicies(): (statuses: readonly ExecStatus[]) => readonly string[] {
  let before: ReadonlyMap<string, string | undefined> = new Map();
  return (statuses) => {
    const now = new Map<string, string | undefined>();
    for (const { policies = [] } of statuses) {
      for (const { name, hash } of policies) now.set(name, now.has(name) && now.get(name) !== hash ? undefined : hash);
    }
    const become = [...now].filter(([name, hash]) => hash !== undefined && hash !== before.get(name)).map(([name]) => name);
    before = now;
    return become;
  };
}
