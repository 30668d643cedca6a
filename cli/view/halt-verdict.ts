/** Judges from the status of a KillSwitch whether its halt is confirmed, and names what is not. For `flotilla halt` and `release`. Pure. */
import type { KillSwitch, KillSwitchStatus } from '@flotilla/contracts/resources/kill-switch.ts';

export type HaltVerdict =
  /** The operator reports every step of every portfolio in scope as done. */
  | { readonly kind: 'CONFIRMED' }
  /** The operator reports that the scope holds no portfolio. */
  | { readonly kind: 'NOTHING_IN_SCOPE' }
  /** One line for each fact that is not confirmed; at least one. */
  | { readonly kind: 'UNCONFIRMED'; readonly missing: readonly string[] };

type Halted = NonNullable<KillSwitchStatus['portfolios']>[number];

/** By phase; a phase that this build does not know is named as it is. */
const NOT_CONFIRMED: Readonly<Record<string, string>> = {
  Publishing: 'the halt record is not yet on the bus',
  Closing: 'exec has not confirmed that its order gate is closed',
  Cancelling: 'exec has not confirmed twice that no order is open',
  StoppingAgents: 'agents still have pods',
  Releasing: 'the halt is being released',
  Unconfirmed: 'exec does not report, so its order gate and its open orders are not known',
};
const LINES_MAX = 16;

/** A halt is confirmed by evidence alone: no status, no report and a list that is cut confirm nothing. */
export function judgeHalt({ status }: KillSwitch): HaltVerdict {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (status?.state === undefined) {
    // The API server itself writes the first status, with a condition that is Unknown.
    const refusal = ready?.status === 'False' ? ready.message || ready.reason : undefined;
    return unconfirmed([refusal ?? 'the operator has not reported on the KillSwitch: orders may still pass']);
  }
  const portfolios = status.portfolios ?? [];
  if ((status.portfolioCount ?? portfolios.length) === 0) return { kind: 'NOTHING_IN_SCOPE' };
  const missing = portfolios.filter(({ phase }) => phase !== 'Halted').map(describe);
  if (missing.length > 0) return unconfirmed(missing);
  const { portfolioCount = portfolios.length, haltedCount = portfolioCount } = status;
  if (haltedCount < portfolioCount) return unconfirmed([`${portfolioCount - haltedCount} of ${portfolioCount} portfolios are not halted`]);
  if (ready !== undefined && ready.status !== 'True') return unconfirmed([ready.message || ready.reason]);
  return status.state === 'Engaged' ? { kind: 'CONFIRMED' } : unconfirmed([`the KillSwitch is ${status.state}`]);
}

function describe({ namespace, name, phase }: Halted): string {
  return `portfolio ${namespace}/${name}: ${NOT_CONFIRMED[phase] ?? `phase ${phase}`}`;
}

function unconfirmed(lines: readonly string[]): HaltVerdict {
  const more = lines.length - LINES_MAX;
  return { kind: 'UNCONFIRMED', missing: more > 0 ? [...lines.slice(0, LINES_MAX), `and ${more} more portfolios`] : lines };
}
