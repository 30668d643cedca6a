/** RiskPolicy: the limits that exec enforces. Only limits that are enforced have a field. */
import { z } from 'zod';
import { objectName, sha256Hex } from '../scalars.ts';
import {
  ageColumn,
  messageColumn,
  nameRule,
  readyColumn,
  reasonColumn,
  type ResourceDefinition,
  type ResourceObject,
} from './definition.ts';
import { listMap, positiveAmount, statusShape } from './fields.ts';
import { acknowledgedLoosening, looseningRules } from './loosening.ts';

export const riskPolicySpecSchema = z
  .strictObject({
    order: z
      .strictObject({
        maxNotional: positiveAmount.describe('Largest price times quantity of one order, in the base currency, for example "50000".'),
        maxQuantity: positiveAmount
          .optional()
          .describe('Largest quantity of one order, in units of the instrument. Default: no such limit.'),
        priceCollarBps: z
          .int()
          .min(1)
          .max(10_000)
          .describe('Farthest a limit price may lie from the last market price on the losing side, in hundredths of a percent.'),
        maxMessagesPerSecond: z.int().min(1).max(1_000).describe('Orders that one strategy may send within any one second.'),
      })
      .describe('Limits of a single order.'),
    position: z
      .strictObject({
        maxNotional: positiveAmount.describe(
          'Largest position of one strategy in one instrument at the market price, its open orders counted as filled, in the base currency.',
        ),
        maxQuantity: positiveAmount
          .optional()
          .describe(
            'Largest position of one strategy in one instrument, in units of the instrument, long or short. Default: no such limit.',
          ),
      })
      .describe('Limits of a position, open orders included.'),
    portfolio: z
      .strictObject({
        maxGrossNotional: positiveAmount.describe(
          'Largest sum of all positions of the portfolio, long and short added up, open orders included, in the base currency.',
        ),
        maxLeverage: positiveAmount
          .optional()
          .describe('Largest gross notional divided by equity, for example "2.0". Default: no such limit.'),
        maxDailyLoss: positiveAmount.describe(
          'Loss since midnight UTC, realised and unrealised, at which only orders that reduce a position pass, in the base currency.',
        ),
      })
      .describe('Limits of the whole portfolio.'),
    acknowledgedLoosening: acknowledgedLoosening
      .optional()
      .describe(
        'Limits that this change makes looser, on purpose, each with its new value. A tightening needs none; one that stays here covers no later change.',
      ),
  })
  .meta({ 'x-kubernetes-validations': looseningRules() })
  .describe(
    'Limits. A Portfolio names its policy; a Strategy may name another one, and of the two the tighter limit holds, field by field.',
  );
export type RiskPolicySpec = z.infer<typeof riskPolicySpecSchema>;

export const riskPolicyStatusSchema = z
  .strictObject({
    ...statusShape,
    policyHash: sha256Hex.optional().describe('SHA-256 of the limits, as it stands in events, orders and the audit log.'),
    portfolioCount: z.int().min(0).max(100_000).optional().describe('Portfolios that name this policy.'),
    strategyCount: z.int().min(0).max(100_000).optional().describe('Strategies that name this policy themselves.'),
    usedBy: listMap(
      z.strictObject({
        kind: z.enum(['Portfolio', 'Strategy']).describe('Kind of the user.'),
        name: objectName.describe('Name of the user.'),
        confirmed: z
          .enum(['Yes', 'No'])
          .describe('Yes when the exec of its portfolio reports that it runs these limits of this policy, and no others.'),
        policyHash: sha256Hex.optional().describe('SHA-256 of the limits of this policy that the exec of its portfolio reports to run.'),
      }),
      ['kind', 'name'],
      64,
    )
      .optional()
      .describe('Who uses this policy: first who has not confirmed it, portfolios before strategies; the first 64.'),
    unconfirmedCount: z.int().min(0).max(100_000).optional().describe('Users whose exec has not yet confirmed these limits.'),
  })
  .describe('Who uses the policy, and whether it is in force there.');
export type RiskPolicyStatus = z.infer<typeof riskPolicyStatusSchema>;
export type RiskPolicy = ResourceObject<RiskPolicySpec, RiskPolicyStatus>;

export const riskPolicyResource = {
  kind: 'RiskPolicy',
  plural: 'riskpolicies',
  singular: 'riskpolicy',
  shortNames: ['rp'],
  scope: 'Namespaced',
  description: 'Limits that every order has to pass before it reaches the venue.',
  spec: riskPolicySpecSchema,
  status: riskPolicyStatusSchema,
  rules: [nameRule],
  printerColumns: [
    { name: 'Order', type: 'string', jsonPath: '.spec.order.maxNotional', description: 'Largest notional of one order.', priority: 0 },
    { name: 'Gross', type: 'string', jsonPath: '.spec.portfolio.maxGrossNotional', description: 'Largest gross notional.', priority: 0 },
    { name: 'Daily-Loss', type: 'string', jsonPath: '.spec.portfolio.maxDailyLoss', description: 'Largest loss of a day.', priority: 0 },
    { name: 'Portfolios', type: 'integer', jsonPath: '.status.portfolioCount', description: 'Portfolios that use it.', priority: 0 },
    {
      name: 'Unconfirmed',
      type: 'integer',
      jsonPath: '.status.unconfirmedCount',
      description: 'Users where it is not yet in force.',
      priority: 1,
    },
    readyColumn,
    reasonColumn,
    messageColumn,
    ageColumn,
  ],
} as const satisfies ResourceDefinition;
