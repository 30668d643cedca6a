/** Waits until a faulted world is at rest in the expected end state. */
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { differences } from './world/normalise.ts';
import type { Lane } from './lane.ts';
import type { LoggedRequest } from './proxy/strike-request.ts';
import { STEP_MS_MAX } from './take-step.ts';
import { type Dump, dumpWorld } from './world/dump-world.ts';

/** The operator is at rest when it has written nothing for this time. */
const QUIET_MS = 300;
/** Bound on the differences in one message. */
const DIFFERENCES_MAX = 20;

/** Waits until the writes have ended and the state is the expected one. */
export async function settle(
  lane: Lane,
  log: () => readonly LoggedRequest[],
  expected: Dump | undefined,
  heldRequests = (): number => 0,
): Promise<Dump> {
  let dump: Dump = {};
  let problems: readonly string[] = [];
  const atRest = (): boolean => {
    const last = log().findLast(({ request }) => request.isWrite && request.resource !== 'leases');
    return heldRequests() === 0 && Date.now() - (last?.atMs ?? 0) >= QUIET_MS;
  };
  const comesOut = async (): Promise<boolean> => {
    if (!atRest()) return false;
    dump = await dumpWorld(lane.truth, lane.bus);
    problems = expected === undefined ? [] : differences(expected, dump);
    return problems.length === 0;
  };
  await eventually('the end state', comesOut, STEP_MS_MAX).catch(() => {
    const what = problems.length === 0 ? ': it never rests' : ` (expected | found):\n${problems.slice(0, DIFFERENCES_MAX).join('\n')}`;
    throw new Error(`the end state is another one than expected${what}`);
  });
  return dump;
}
