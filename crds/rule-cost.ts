/** Reads the costs of CEL rules from the program `crd-cost`, which uses the estimate of the API server. */
import { z } from 'zod';

/** Share of the API server's limit that one rule may use. The rest leaves room for larger bounds in later versions. */
export const RULE_COST_SHARE_MAX = 0.1;
/** The API server's limit for all rules of one CRD, messages included. */
export const CRD_COST_MAX = 100_000_000;

const ruleCostSchema = z.object({
  crd: z.string(),
  /** Of the schema that holds the rule; empty: the object. */
  path: z.string(),
  index: z.int(),
  type: z.enum(['rule', 'messageExpression']),
  text: z.string(),
  /** Of one evaluation, times how often it can happen for one object. */
  cost: z.number(),
  costLimit: z.number(),
});
export type RuleCost = z.infer<typeof ruleCostSchema>;

/** One JSON object per line. */
export function parseRuleCosts(lines: string): readonly RuleCost[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ruleCostSchema.parse(JSON.parse(line)));
}

/** Those that use more than their share. */
export function expensiveRules(costs: readonly RuleCost[]): readonly RuleCost[] {
  return costs.filter(({ cost, costLimit }) => cost >= costLimit * RULE_COST_SHARE_MAX);
}

/** One line for each CRD, with its most expensive rules. */
export function describeRuleCosts(costs: readonly RuleCost[], rulesShownMax: number): string {
  const lines = [...new Set(costs.map(({ crd }) => crd))].flatMap((crd) => {
    const own = costs.filter((one) => one.crd === crd);
    const total = own.reduce((sum, { cost }) => sum + cost, 0);
    const dearest = [...own].sort((a, b) => b.cost - a.cost).slice(0, rulesShownMax);
    return [
      `${crd}: ${own.length} expressions, ${total.toLocaleString('en')} together (${percent(total / CRD_COST_MAX)} of the limit per CRD)`,
      ...dearest.map(
        ({ path, index, type, cost, costLimit }) =>
          `  ${percent(cost / costLimit).padStart(8)}  ${cost.toLocaleString('en').padStart(9)}  ${path === '' ? '(object)' : path} ${type} ${index}`,
      ),
    ];
  });
  return lines.join('\n');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)} %`;
}
