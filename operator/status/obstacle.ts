/**
 * An obstacle: why an object is not Ready, or why its orders are not taken. Kinds list their obstacles in `operator/fleet/obstacles.ts`; the
 * conditions Ready and Trading both come from that one list, by the functions of this file. Pure.
 */
import type { Reason } from '@flotilla/contracts/conditions/condition-reasons.ts';
import { type DomainCondition, ready, reconciling, stalled, type Verdict } from './standard-conditions.ts';

/** The effect of an obstacle on Ready. */
export type Readiness =
  /** A person has to change something. */
  | 'Stalled'
  /** The operator or a pod works on the object. The obstacle passes without help. */
  | 'Reconciling'
  /** The object is stopped as its spec says, so it is Ready, and later obstacles do not count. */
  | 'Stopped'
  /** The object works all the same, so it is Ready, unless a later obstacle says otherwise. */
  | 'Working';

export interface Obstacle<R extends Reason = Reason> {
  /** One word for programs: the reason of both conditions. */
  readonly reason: R;
  /** One or two sentences for people. */
  readonly message: string;
  /** Absent: the obstacle does not concern Ready. */
  readonly readiness?: Readiness;
  /** Status of the condition Trading. Absent: the obstacle does not keep exec from accepting orders. */
  readonly trading?: 'False' | 'Unknown';
}

/** A list of obstacles by name, in the order in which they count: facts in, an obstacle out; undefined when it does not apply. */
export type ObstacleList<Facts, R extends Reason> = Readonly<Record<string, (facts: Facts) => Obstacle<R> | undefined>>;

/** An obstacle that applies, with its name in the list. */
export interface FoundObstacle extends Obstacle {
  readonly name: string;
}

/** The obstacles that apply, in order. Those after the first `Stopped` are left out. */
export function obstaclesOf<Facts>(list: ObstacleList<Facts, Reason>, facts: Facts): readonly FoundObstacle[] {
  const found = Object.entries(list).flatMap(([name, find]): readonly FoundObstacle[] => {
    const obstacle = find(facts);
    return obstacle === undefined ? [] : [{ ...obstacle, name }];
  });
  const stopped = found.findIndex(({ readiness }) => readiness === 'Stopped');
  return stopped < 0 ? found : found.slice(0, stopped + 1);
}

/** The first that holds the object up, otherwise the first at all, otherwise `done`. */
export function verdictOf(obstacles: readonly Obstacle[], done: Pick<Verdict, 'reason' | 'message'>): Verdict {
  const first =
    obstacles.find(({ readiness }) => readiness === 'Stalled' || readiness === 'Reconciling') ??
    obstacles.find(({ readiness }) => readiness !== undefined);
  if (first?.readiness === 'Stalled') return stalled(first.reason, first.message);
  if (first?.readiness === 'Reconciling') return reconciling(first.reason, first.message);
  return ready(first?.reason ?? done.reason, first?.message ?? done.message);
}

/** The condition Trading: the first obstacle that concerns orders, otherwise True. */
export function tradingConditionOf(obstacles: readonly Obstacle[], done: string): DomainCondition {
  const first = obstacles.find(({ trading }) => trading !== undefined);
  if (first?.trading === undefined) return { type: 'Trading', status: 'True', reason: 'Trading', message: done };
  return { type: 'Trading', status: first.trading, reason: first.reason, message: first.message };
}
