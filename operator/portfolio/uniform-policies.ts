/** Tells the portfolio controller when all execs have come to run the same limits of a policy. */
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';

/**
 * Each call gives the policies that have become uniform since the last call: all execs that are heard run the same limits of them.
 *
 * The result only says which users to wake, so that a policy with a thousand users wakes each once. A lost result costs time alone.
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
