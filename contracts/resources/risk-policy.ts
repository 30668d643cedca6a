/** RiskPolicy: the limits that exec enforces. Only limits that are enforced have a field. */
import { z } from 'zod';
import { objectName, sha256Hex } from '../values/scalars.ts';
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
          .describe(
            'Largest distance of a limit price from the last market price, towards the side that costs the account money, in hundredths of a percent.',
          ),
        maxMessagesPerSecond: z.int().min(1).max(1_000).describe('Largest number of orders that one strategy may send within any second.'),
      })
      .describe('Limits of a single order.'),
    position: z
      .strictObject({
        maxNotional: positiveAmount.describe(
          'Largest position of one strategy in one instrument at the market price, in the base currency. Open orders count as filled.',
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
          'Largest sum of the absolute values of all positions of the portfolio, in the base currency. Open orders count as filled.',
        ),
        maxLeverage: positiveAmount
          .optional()
          .describe('Largest gross notional divided by equity, for example "2.0". Default: no such limit.'),
        maxDailyLoss: positiveAmount.describe(
          'Loss since midnight UTC, realised and unrealised, in the base currency. At this loss exec takes only orders that reduce a position.',
        ),
      })
      .describe('Limits of the whole portfolio.'),
    acknowledgedLoosening: acknowledgedLoosening
      .optional()
      .describe(
        'Limits that this change makes looser on purpose, each with the new value. A tighter limit needs no acknowledgement. An acknowledgement of an earlier change does not count.',
      ),
  })
  .meta({ 'x-kubernetes-validations': looseningRules() })
  .describe(
    'Limits of orders, positions and the portfolio. A Portfolio names one policy; a Strategy may name another policy, and of each limit the tighter one holds.',
  );
export type RiskPolicySpec = z.infer<typeof riskPolicySpecSchema>;

export const riskPolicyStatusSchema = z
  .strictObject({
    ...statusShape,
    policyHash: sha256Hex.optional().describe('SHA-256 of the limits. Events, orders and the audit log name the limits by this hash.'),
    portfolioCount: z.int().min(0).max(100_000).optional().describe('Number of Portfolios that name this policy.'),
    strategyCount: z.int().min(0).max(100_000).optional().describe('Number of Strategies that name this policy.'),
    usedBy: listMap(
      z.strictObject({
        kind: z.enum(['Portfolio', 'Strategy']).describe('Kind of the object that names this policy.'),
        name: objectName.describe('Name of the object that names this policy.'),
        confirmed: z
          .enum(['Yes', 'No'])
          .describe(
            'Yes: the exec of the portfolio reports these limits of this policy and no others. No: it reports others, or does not report.',
          ),
        policyHash: sha256Hex.optional().describe('SHA-256 of the limits of this policy that the exec of its portfolio reports to run.'),
      }),
      ['kind', 'name'],
      64,
    )
      .optional()
      .describe(
        'Objects that name this policy, at most 64. Objects whose exec has not confirmed the limits come first, Portfolios before Strategies.',
      ),
    unconfirmedCount: z.int().min(0).max(100_000).optional().describe('Number of objects whose exec has not yet confirmed these limits.'),
  })
  .describe('Objects that name the policy, and whether their execs run its limits.');
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
    {
      name: 'Portfolios',
      type: 'integer',
      jsonPath: '.status.portfolioCount',
      description: 'Number of Portfolios that name the policy.',
      priority: 0,
    },
    {
      name: 'Unconfirmed',
      type: 'integer',
      jsonPath: '.status.unconfirmedCount',
      description: 'Number of objects whose exec has not yet confirmed the limits.',
      priority: 1,
    },
    readyColumn,
    reasonColumn,
    messageColumn,
    ageColumn,
  ],
} as const satisfies ResourceDefinition;
