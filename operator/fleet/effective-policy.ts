/** Gives the limits of one RiskPolicy, and the tighter of two policies, for the configuration of exec. Pure. */
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import type { EffectivePolicy } from '@flotilla/contracts/control/exec-config.ts';
import { compareDecimals, parseDecimal } from '@flotilla/contracts/money/decimal.ts';
import { sha256 } from '@flotilla/contracts/values/ids.ts';
import type { RiskPolicySpec } from '@flotilla/contracts/resources/risk-policy.ts';

/** The limits of one policy alone, in the form that exec takes. */
export function policyOf(spec: RiskPolicySpec): EffectivePolicy {
  const { order, position, portfolio } = spec;
  return {
    order: {
      ...optional('maxQuantity', order.maxQuantity),
      maxNotional: order.maxNotional,
      priceCollarBps: order.priceCollarBps,
      maxMessagesPerSecond: order.maxMessagesPerSecond,
    },
    position: { ...optional('maxQuantity', position.maxQuantity), maxNotional: position.maxNotional },
    portfolio: {
      maxGrossNotional: portfolio.maxGrossNotional,
      ...optional('maxLeverage', portfolio.maxLeverage),
      maxDailyLoss: portfolio.maxDailyLoss,
    },
  };
}

/**
 * The policy of a portfolio together with that of a strategy: for each limit the tighter one. A limit that only one of the two has, holds.
 *
 * @throws FlotillaError `NUMBER_INVALID`, `NUMBER_TOO_PRECISE`, which the CRD's schema keeps out.
 */
export function tighterPolicy(a: EffectivePolicy, b: EffectivePolicy): EffectivePolicy {
  return {
    order: {
      ...optional('maxQuantity', lower(a.order.maxQuantity, b.order.maxQuantity)),
      maxNotional: lowerOf(a.order.maxNotional, b.order.maxNotional),
      priceCollarBps: Math.min(a.order.priceCollarBps, b.order.priceCollarBps),
      maxMessagesPerSecond: Math.min(a.order.maxMessagesPerSecond, b.order.maxMessagesPerSecond),
    },
    position: {
      ...optional('maxQuantity', lower(a.position.maxQuantity, b.position.maxQuantity)),
      maxNotional: lowerOf(a.position.maxNotional, b.position.maxNotional),
    },
    portfolio: {
      maxGrossNotional: lowerOf(a.portfolio.maxGrossNotional, b.portfolio.maxGrossNotional),
      ...optional('maxLeverage', lower(a.portfolio.maxLeverage, b.portfolio.maxLeverage)),
      maxDailyLoss: lowerOf(a.portfolio.maxDailyLoss, b.portfolio.maxDailyLoss),
    },
  };
}

/** SHA-256 over the canonical JSON of the limits. */
export function policyHash(policy: EffectivePolicy): string {
  return sha256(canonicalJson(policy));
}

function lower(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : lowerOf(a, b);
}

function lowerOf(a: string, b: string): string {
  return compareDecimals(parseDecimal(a), parseDecimal(b)) <= 0 ? a : b;
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [key in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [key in K]?: string });
}
