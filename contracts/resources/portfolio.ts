/** Portfolio: one account at one venue, with everything that trades on it. */
import { permissionsStatusSchema } from './permissions-status.ts';
import { z } from 'zod';
import { tradingStateSchema } from '../control/exec-status.ts';
import { objectName, sha256Hex, token } from '../values/scalars.ts';
import {
  ageColumn,
  messageColumn,
  nameRule,
  readyColumn,
  reasonColumn,
  type ResourceDefinition,
  type ResourceObject,
} from './definition.ts';
import { amount, freeText, killSwitchName, listMap, listSet, localReference, positiveAmount, statusShape } from './fields.ts';
import { policyChangeRule, riskPolicyInForce } from './loosening.ts';
import { podTemplateSchema } from './pod-template.ts';

/** {@link ../instrument.ts}'s definition, with the bound on digits that the API server checks too. */
const instrumentDefinition = z.strictObject({
  symbol: token.describe('Name of the instrument in bus subjects and strategies, for example BTC-USD.'),
  tickSize: positiveAmount.describe('Smallest price step, in the quote currency, for example "0.01".'),
  lotSize: positiveAmount.describe('Smallest quantity step, in units of the base asset, for example "0.00000001".'),
  displayedQuantity: positiveAmount
    .optional()
    .describe('Quantity that the paper venue assumes at the best price when the market data carries no size. Default: 1,000,000 lots.'),
});

const paperVenue = z.strictObject({
  startingCash: amount.describe(
    'Cash of the account at the start, in the base currency, as text. Cannot be changed later, because the ledger counts from this amount.',
  ),
  takerFeeBps: z.int().min(0).max(1_000).describe('Fee of an order that takes liquidity, in hundredths of a percent of its notional.'),
  makerFeeBps: z
    .int()
    .min(0)
    .max(1_000)
    .default(0)
    .describe('Fee of a resting order that is filled, in hundredths of a percent of its notional.'),
  latencyMs: z
    .int()
    .min(0)
    .max(10_000)
    .default(0)
    .describe('Time between the order and its arrival at the simulated venue, in milliseconds.'),
});

export const portfolioSpecSchema = z
  .strictObject({
    baseCurrency: z
      .string()
      .min(3)
      .max(8)
      .regex(/^[A-Z]{3,8}$/)
      .describe('Currency of the account, its cash and its limits, for example USD. Cannot be changed later.'),
    venue: z
      .strictObject({
        type: z.enum(['Paper']).describe('Paper: a simulated venue that fills against the market data on the bus.'),
        paper: paperVenue.describe('Cash, fees and latency of the simulated venue.'),
      })
      .describe('Venue that receives the orders of the portfolio.'),
    decision: z
      .strictObject({
        mode: z.enum(['Direct']).default('Direct').describe('Direct: every strategy sends its own orders.'),
      })
      .default({ mode: 'Direct' })
      .describe('Component that turns the proposals of the strategies into orders.'),
    riskPolicyRef: localReference.describe(
      'RiskPolicy whose limits hold for every order of this portfolio. Without a RiskPolicy exec denies every order that increases risk.',
    ),
    acknowledgedPolicyChange: z
      .strictObject({
        from: objectName.describe('RiskPolicy that was in force before the change.'),
        to: objectName.describe('RiskPolicy that riskPolicyRef names after the change.'),
        reason: freeText(256).optional().describe('Reason of the change, or the person who agreed to the change.'),
      })
      .optional()
      .describe(
        'Confirms that riskPolicyRef is changed on purpose, because another policy may be looser. The acknowledgement must be part of the same change; an acknowledgement of an earlier change does not count.',
      ),
    podTemplate: podTemplateSchema.optional().describe('Size and place of the pod of exec, which holds the account.'),
    instruments: listMap(instrumentDefinition, ['symbol'], 192)
      .optional()
      .describe(
        'Instruments in addition to the built-in ones (BTC-USD, ETH-USD, EUR-USD, SPY, AAPL). A definition with the symbol of a built-in instrument replaces the built-in definition.',
      ),
  })
  .meta({
    'x-kubernetes-validations': [
      { rule: 'self.baseCurrency == oldSelf.baseCurrency', message: 'baseCurrency cannot be changed: create another Portfolio' },
      { rule: 'self.venue.type == oldSelf.venue.type', message: 'venue.type cannot be changed: create another Portfolio' },
      {
        rule: 'self.venue.paper.startingCash == oldSelf.venue.paper.startingCash',
        message: 'venue.paper.startingCash cannot be changed, the ledger counts from it: create another Portfolio',
      },
    ],
  })
  .describe('Account, venue and limits of the portfolio.');
export type PortfolioSpec = z.infer<typeof portfolioSpecSchema>;

export const portfolioStatusSchema = z
  .strictObject({
    ...statusShape,
    tradingState: z
      .enum([...tradingStateSchema.options, 'UNKNOWN'])
      .optional()
      .describe(
        'State that exec reports. ACTIVE: exec takes every order within the limits. REDUCING: exec takes only orders that reduce a position. HALTED: exec takes no order. UNKNOWN: exec does not report.',
      ),
    tradingReason: z
      .string()
      .max(128)
      .regex(/^[ -~]*$/)
      .optional()
      .describe('Denial code that says why tradingState is not ACTIVE.'),
    killSwitch: killSwitchName.optional().describe('KillSwitch in force for this portfolio.'),
    riskPolicyInForce: riskPolicyInForce
      .optional()
      .describe(
        'RiskPolicy whose limits the operator delivered last; empty while the operator has delivered none. The API server judges a change of riskPolicyRef against this name.',
      ),
    policyHash: sha256Hex.optional().describe('SHA-256 of the limits of the RiskPolicy.'),
    permissions: permissionsStatusSchema.optional(),
    configHash: sha256Hex.optional().describe('SHA-256 of the newest configuration that the operator wrote for exec.'),
    confirmedConfigHash: sha256Hex.optional().describe('SHA-256 of the configuration that exec reports.'),
    epoch: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .optional()
      .describe('Number of exec instances that have taken over the account, the present one included.'),
    strategyCount: z.int().min(0).max(1_000).optional().describe('Number of Strategies that name this portfolio.'),
    refusedStrategies: listSet(objectName, 64)
      .optional()
      .describe('Strategies of this portfolio that cannot trade because of a mistake in their spec; the first 64.'),
  })
  .describe('State of the account as exec and the operator observe it.');
export type PortfolioStatus = z.infer<typeof portfolioStatusSchema>;
export type Portfolio = ResourceObject<PortfolioSpec, PortfolioStatus>;

export const portfolioResource = {
  kind: 'Portfolio',
  plural: 'portfolios',
  singular: 'portfolio',
  shortNames: ['pf'],
  scope: 'Namespaced',
  description: 'An account at a venue. Its exec is the only one that may send orders there.',
  spec: portfolioSpecSchema,
  status: portfolioStatusSchema,
  rules: [nameRule, policyChangeRule({ optional: false })],
  printerColumns: [
    { name: 'Venue', type: 'string', jsonPath: '.spec.venue.type', description: 'Kind of venue.', priority: 0 },
    { name: 'Policy', type: 'string', jsonPath: '.spec.riskPolicyRef.name', description: 'RiskPolicy in force.', priority: 0 },
    {
      name: 'Trading',
      type: 'string',
      jsonPath: '.status.tradingState',
      description: 'State that exec reports: ACTIVE, REDUCING, HALTED or UNKNOWN.',
      priority: 0,
    },
    { name: 'Strategies', type: 'integer', jsonPath: '.status.strategyCount', description: 'Number of strategies.', priority: 0 },
    {
      name: 'Why',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Trading")].reason',
      description: 'Reason why exec takes orders or not, in one word.',
      priority: 1,
    },
    { name: 'Kill-Switch', type: 'string', jsonPath: '.status.killSwitch', description: 'KillSwitch in force.', priority: 1 },
    readyColumn,
    reasonColumn,
    messageColumn,
    ageColumn,
  ],
} as const satisfies ResourceDefinition;
