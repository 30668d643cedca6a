/** The steps of a halt that are done, with their times, from the status of its KillSwitch. Pure. */
import type { KillSwitch, KillSwitchStatus } from '@flotilla/contracts/resources/kill-switch.ts';

export interface HaltStep {
  /** `namespace/name`. */
  readonly portfolio: string;
  readonly step: string;
  /** RFC 3339. */
  readonly at: string;
  /** From the creation of the KillSwitch; its time has whole seconds only, so the count begins at `observedAt`. */
  readonly afterMs: number;
}

type Halted = NonNullable<KillSwitchStatus['portfolios']>[number];

const STEPS: readonly (readonly [field: keyof Halted & `${string}At`, step: string])[] = [
  ['observedAt', 'operator saw the KillSwitch'],
  ['publishedAt', 'halt stored on the bus'],
  ['gateClosedAt', 'order gate closed'],
  ['restingCancelledAt', 'resting orders cancelled'],
  ['zeroOpenOrdersVerifiedAt', 'no order open, confirmed twice'],
  ['agentsScaledToZeroAt', 'agents scaled to zero'],
];

/** The steps that are done, by portfolio and time. */
export function haltSteps({ status }: KillSwitch): readonly HaltStep[] {
  return (status?.portfolios ?? []).flatMap((halted) => {
    const originMs = Date.parse(halted.observedAt ?? '');
    const found = STEPS.flatMap(([field, step]) => {
      const at = halted[field];
      if (at === undefined) return [];
      const count = field === 'restingCancelledAt' ? ` (${halted.restingCancelledCount ?? 0})` : '';
      return [{ portfolio: `${halted.namespace}/${halted.name}`, step: `${step}${count}`, at, afterMs: Date.parse(at) - originMs }];
    });
    return found.toSorted((a, b) => a.afterMs - b.afterMs);
  });
}
