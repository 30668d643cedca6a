/** Gross exposure against equity. A policy names a leverage; without one, what is bought has to be paid for. */
import { ExactSum } from '../numbers/exact-sum.ts';
import type { CheckContext } from './check-context.ts';
import { type Check, type Print, printValue } from './check.ts';

const exposed = new ExactSum();
const covered = new ExactSum();

export const leverageLimit: Check = { code: 'LEVERAGE_LIMIT', fails: (context) => isNamed(context) && isBeyond(context), numbers };
export const buyingPower: Check = { code: 'BUYING_POWER', fails: (context) => !isNamed(context) && isBeyond(context), numbers };

function isNamed({ limits }: CheckContext): boolean {
  return limits?.isLeverageNamed === true;
}

/** Whether gross / equity > leverage. Without equity above zero every increase is beyond. */
function isBeyond({ limits, areAmountsKnown, gross, equity }: CheckContext): boolean {
  if (!areAmountsKnown || limits === undefined || gross.state !== 'KNOWN' || equity.state !== 'KNOWN') return false;
  if (equity.amount().sign() <= 0) return true;
  exposed.clear();
  exposed.addScaled(gross.amount(), limits.leverage.denominator);
  covered.clear();
  covered.addScaled(equity.amount(), limits.leverage.numerator);
  return exposed.compare(covered) > 0;
}

function numbers({ limits, gross, equity }: CheckContext, print: Print): Readonly<Record<string, string>> {
  if (limits === undefined) return {};
  const { numerator, denominator } = limits.leverage;
  return { leverage: String(numerator / denominator), gross: printValue(gross, print), equity: printValue(equity, print) };
}
