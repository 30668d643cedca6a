/** Makes a path of changes from one state to another, by a seed. Pure. */
import { KINDS } from '@flotilla/operator/kinds.ts';
import type { ResourceType } from '@flotilla/kube/mod.ts';
import { killSwitch, policy, portfolio, replay, strategy, type UserObject, WRONG_PARAMETERS } from '../objects.ts';

export interface Change {
  readonly apply: readonly UserObject[];
  readonly remove: readonly (readonly [ResourceType, string])[];
  /** Short enough that one reconciliation sometimes sees several changes. */
  readonly pauseMs: number;
}

export interface Path {
  readonly changes: readonly Change[];
  readonly end: readonly UserObject[];
}

const CHANGES_MAX = 10;
const PAUSE_MS_MAX = 400;

/** Specs that the API server accepts and the operator refuses, with the reason in the condition. */
export const WRONG_CHANGES: readonly (readonly [string, UserObject])[] = [
  ['ParametersInvalid', strategy('btc', 'main', WRONG_PARAMETERS)],
  ['AgentUnknown', strategy('btc', 'main', { agent: { builtIn: 'Oracle' } })],
  ['InstrumentUnknown', strategy('btc', 'main', { instruments: ['XYZ-USD'] })],
];

export function makePath(next: () => number): Path {
  const pick = <T>(list: readonly T[]): T => {
    const found = list[Math.floor(next() * list.length)];
    if (found === undefined) throw new RangeError('expected something to choose from');
    return found;
  };
  const some = (): UserObject =>
    strategy('btc', 'main', {
      parameters: { fastBars: 2 + Math.floor(next() * 8), slowBars: 30, quantity: '0.5' },
      instruments: pick([['BTC-USD'], ['ETH-USD'], ['BTC-USD', 'ETH-USD']]),
      desiredState: pick(['Running', 'Paused', 'Halted']),
      capital: { maxNotional: pick(['100000', '50000']) },
    });
  const source = (): UserObject => replay(pick([['BTC-USD'], ['BTC-USD', 'ETH-USD'], ['SPY']]));
  const apply = (...objects: readonly UserObject[]): Omit<Change, 'pauseMs'> => ({ apply: objects, remove: [] });
  const remove = (type: ResourceType, name: string): Omit<Change, 'pauseMs'> => ({ apply: [], remove: [[type, name]] });
  const kinds: readonly (() => Omit<Change, 'pauseMs'>)[] = [
    () => apply(some()),
    () => apply(some(), source()),
    () => apply(pick(WRONG_CHANGES)[1]),
    () => apply(strategy('eth', 'main', { instruments: ['ETH-USD'] })),
    () => apply(killSwitch('stop', { mode: pick(['ReduceOnly', 'CancelAndHold']) })),
    () => apply(policy('conservative', '45000')),
    () => apply(source()),
  ];
  const middle = Array.from({ length: 2 + Math.floor(next() * (CHANGES_MAX - 2)) }, () => pick(kinds)());
  // The spec of a KillSwitch cannot be changed: a path deletes the object before it creates another one.
  const changes = [
    ...middle.flatMap((change) =>
      change.apply.some(({ type }) => type === KINDS.killSwitch) ? [remove(KINDS.killSwitch, 'stop'), change] : [change],
    ),
    remove(KINDS.killSwitch, 'stop'),
    remove(KINDS.strategy, 'eth'),
    remove(KINDS.signalSource, 'replay'),
  ];
  return {
    changes: changes.map((change) => ({ ...change, pauseMs: next() * PAUSE_MS_MAX })),
    end: [policy('conservative', '40000'), portfolio('main'), some(), source()],
  };
}
