/** `crd-cost crds/generated/*.yaml | node crds/cost-table.ts` prints the cost of every CEL rule, and fails when a rule exceeds its share. */
import { text } from 'node:stream/consumers';
import { describeRuleCosts, expensiveRules, parseRuleCosts, RULE_COST_SHARE_MAX } from './rule-cost.ts';

const RULES_SHOWN_MAX = 5;

const costs = parseRuleCosts(await text(process.stdin));
console.log(describeRuleCosts(costs, RULES_SHOWN_MAX));
const expensive = expensiveRules(costs);
if (expensive.length > 0 || costs.length === 0) {
  console.error(
    `crds: expected every rule below ${RULE_COST_SHARE_MAX * 100} % of the API server's limit, found ${expensive.length} of ${costs.length} above`,
  );
  process.exitCode = 1;
}
