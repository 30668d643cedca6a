/** Tells a liveness probe whether a restart of the process would help. */
import type { Reflector } from '../watch/reflector.ts';
import type { Controller } from './controller.ts';

/** A reflector that does nothing for this long is dead: it opens another watch after 70 s of silence, and no wait is longer than 30 s. */
const WATCH_IDLE_MS_MAX = 180_000;
/** Time that a reconciliation may take after its deadline, at which its signal was aborted. */
const HUNG_MS_MAX = 60_000;

/** Names a reflector whose loop is dead, so that a restart would help. An API server that is away is not a reason. Undefined when every loop runs. */
export function watchProblem(reflectors: readonly Pick<Reflector, 'type' | 'stats'>[]): string | undefined {
  const dead = reflectors.find((reflector) => reflector.stats().idleMs > WATCH_IDLE_MS_MAX);
  return dead === undefined
    ? undefined
    : `the watch of ${dead.type.plural} has done nothing for ${Math.round(dead.stats().idleMs / 1_000)} s`;
}

/** Names a controller with a reconciliation that does not return, so that a restart would help. Undefined when there is none. */
export function reconcileProblem(controllers: readonly Pick<Controller, 'name' | 'stats'>[]): string | undefined {
  const hung = controllers.find((controller) => controller.stats().hungMs > HUNG_MS_MAX);
  return hung === undefined
    ? undefined
    : `a reconciliation of ${hung.name} has not returned ${Math.round(hung.stats().hungMs / 1_000)} s after its deadline`;
}
