/** Finds the limits that a new configuration of exec loosens, for the audit log, whatever the cause of the change. Pure. */
import type { EffectivePolicy, ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import { compareDecimals, parseDecimal } from '@flotilla/contracts/money/decimal.ts';
import { type LimitPath, LIMITS } from '@flotilla/contracts/resources/loosening.ts';

export interface LoosenedLimit {
  readonly limit: LimitPath;
  readonly from: string;
  /** `none` when the limit is gone. */
  readonly to: string;
  readonly strategies: readonly string[];
}

const NONE = 'none';

/** Effective limits that are looser than before, for strategies that were there before; the same change of several strategies is one entry. */
export function loosenedLimits(before: ExecConfig | undefined, after: ExecConfig): readonly LoosenedLimit[] {
  const policies = new Map(before?.strategies.map(({ name, policy }) => [name, policy]));
  const found = new Map<string, LoosenedLimit>();
  for (const { name, policy } of after.strategies) {
    const old = policies.get(name);
    if (old === undefined) continue;
    for (const { path } of LIMITS) {
      const [from, to] = [limitOf(old, path), limitOf(policy, path)];
      if (!isLooser(from, to)) continue;
      const key = `${path} ${from} ${to}`;
      found.set(key, { limit: path, from, to, strategies: [...(found.get(key)?.strategies ?? []), name] });
    }
  }
  return [...found.values()];
}

/** `order.maxNotional from 50000 to 80000 for btc-momentum and 2 more` */
export function describeLoosened({ limit, from, to, strategies }: LoosenedLimit): string {
  const more = strategies.length - 1;
  return `${limit} from ${from} to ${to} for ${strategies[0] ?? ''}${more > 0 ? ` and ${more} more` : ''}`;
}

function limitOf(policy: EffectivePolicy, path: LimitPath): string {
  const [group = '', field = ''] = path.split('.');
  const limits = policy as unknown as Readonly<Record<string, Readonly<Record<string, string | number | undefined>>>>;
  return String(limits[group]?.[field] ?? NONE);
}

function isLooser(from: string, to: string): boolean {
  if (from === NONE || from === to) return false;
  return to === NONE || compareDecimals(parseDecimal(to), parseDecimal(from)) > 0;
}
