/** KillSwitch: while one exists, nothing in its scope trades. */
import { z } from 'zod';
import { objectName, timestamp } from '../scalars.ts';
import { ageColumn, messageColumn, readyColumn, reasonColumn, type ResourceDefinition, type ResourceObject } from './definition.ts';
import { type CrossRule, freeText, listMap, listSet, statusShape, withRules } from './fields.ts';

const scopeFields = z.strictObject({
  type: z
    .enum(['All', 'Namespaces', 'Portfolios'])
    .describe('All: every portfolio of the cluster. Namespaces, Portfolios: those in the list of that name.'),
  namespaces: listSet(objectName, 64, 1).optional().describe('Namespaces whose portfolios are stopped; exactly for the type Namespaces.'),
  portfolios: listMap(
    z.strictObject({
      namespace: objectName.describe('Namespace of the Portfolio.'),
      name: objectName.describe('Name of the Portfolio.'),
    }),
    ['namespace', 'name'],
    64,
    1,
  )
    .optional()
    .describe('Portfolios that are stopped; exactly for the type Portfolios.'),
});

const scopeRules: readonly CrossRule<z.infer<typeof scopeFields>>[] = [
  {
    cel: {
      rule: "(self.type == 'Namespaces') == has(self.namespaces)",
      message: 'scope.namespaces is required for the type Namespaces and for no other',
    },
    holds: ({ type, namespaces }) => (type === 'Namespaces') === (namespaces !== undefined),
  },
  {
    cel: {
      rule: "(self.type == 'Portfolios') == has(self.portfolios)",
      message: 'scope.portfolios is required for the type Portfolios and for no other',
    },
    holds: ({ type, portfolios }) => (type === 'Portfolios') === (portfolios !== undefined),
  },
];

export const killSwitchSpecSchema = z
  .strictObject({
    scope: withRules(scopeFields, scopeRules).describe('What is stopped.'),
    mode: z
      .enum(['ReduceOnly', 'CancelAndHold'])
      .default('CancelAndHold')
      .describe(
        'CancelAndHold: nothing new, resting orders are cancelled, positions stay. ReduceOnly: only orders that reduce a position pass.',
      ),
    reason: freeText(512).describe('Why, for the people who find it later; goes to the audit log.'),
  })
  .meta({
    'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'the spec of a KillSwitch cannot be changed: create another one' }],
  })
  .describe('A halt. It is in force from its creation until it is deleted.');
export type KillSwitchSpec = z.infer<typeof killSwitchSpecSchema>;

const durationMs = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Steps of one portfolio, in their order; a time that is absent has not come yet. */
const haltedPortfolioSchema = z.strictObject({
  namespace: objectName.describe('Namespace of the Portfolio.'),
  name: objectName.describe('Name of the Portfolio.'),
  phase: z
    .enum(['Publishing', 'Closing', 'Cancelling', 'StoppingAgents', 'Halted', 'Releasing'])
    .describe(
      'Publishing: the record is on its way. Closing: exec has not yet confirmed. Cancelling: open orders remain. Halted: all done.',
    ),
  generation: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional().describe('Generation of the halt record.'),
  observedAt: timestamp.optional().describe('When the operator saw the KillSwitch.'),
  publishedAt: timestamp.optional().describe('When the bus had stored the halt record.'),
  gateClosedAt: timestamp.optional().describe('When exec closed the gate: no order after it.'),
  lastAcceptedAt: timestamp.optional().describe('When exec accepted the last order before it.'),
  restingCancelledAt: timestamp.optional().describe('When every resting order was cancelled.'),
  restingCancelledCount: z.int().min(0).max(1_000_000).optional().describe('Resting orders that were cancelled.'),
  zeroOpenOrdersVerifiedAt: timestamp.optional().describe('When exec had seen twice that the venue holds no open order.'),
  agentsScaledToZeroAt: timestamp.optional().describe('When no agent of the portfolio was left.'),
  gateClosedDurationMs: durationMs.optional().describe('From observedAt to gateClosedAt, in milliseconds.'),
  zeroOpenOrdersDurationMs: durationMs.optional().describe('From observedAt to zeroOpenOrdersVerifiedAt, in milliseconds.'),
  agentsScaledToZeroDurationMs: durationMs.optional().describe('From observedAt to agentsScaledToZeroAt, in milliseconds.'),
});
export type HaltedPortfolio = z.infer<typeof haltedPortfolioSchema>;

export const killSwitchStatusSchema = z
  .strictObject({
    ...statusShape,
    state: z
      .enum(['Engaging', 'Engaged', 'Releasing'])
      .optional()
      .describe(
        'Engaging: some step is still to come. Engaged: every portfolio in scope is halted. Releasing: deleted, and completing first.',
      ),
    scope: z
      .string()
      .max(128)
      .regex(/^[ -~]*$/)
      .optional()
      .describe('The scope in words.'),
    portfolioCount: z.int().min(0).max(100_000).optional().describe('Portfolios in scope.'),
    gateClosedDurationMsMax: durationMs.optional().describe('Slowest gate: from observedAt to gateClosedAt, in milliseconds.'),
    portfolios: listMap(haltedPortfolioSchema, ['namespace', 'name'], 256)
      .optional()
      .describe('Each portfolio in scope with the time of each step.'),
  })
  .describe('How far the halt is.');
export type KillSwitchStatus = z.infer<typeof killSwitchStatusSchema>;
export type KillSwitch = ResourceObject<KillSwitchSpec, KillSwitchStatus>;

export const killSwitchResource = {
  kind: 'KillSwitch',
  plural: 'killswitches',
  singular: 'killswitch',
  shortNames: ['ks', 'halt'],
  scope: 'Cluster',
  description: 'A halt: while it exists, nothing in its scope trades.',
  spec: killSwitchSpecSchema,
  status: killSwitchStatusSchema,
  rules: [],
  printerColumns: [
    { name: 'Scope', type: 'string', jsonPath: '.status.scope', description: 'What is stopped.', priority: 0 },
    { name: 'Mode', type: 'string', jsonPath: '.spec.mode', description: 'What still passes.', priority: 0 },
    { name: 'State', type: 'string', jsonPath: '.status.state', description: 'How far it is.', priority: 0 },
    { name: 'Portfolios', type: 'integer', jsonPath: '.status.portfolioCount', description: 'Portfolios in scope.', priority: 0 },
    {
      name: 'Closed-Ms',
      type: 'integer',
      jsonPath: '.status.gateClosedDurationMsMax',
      description: 'Slowest gate, milliseconds.',
      priority: 0,
    },
    readyColumn,
    reasonColumn,
    messageColumn,
    { name: 'Why', type: 'string', jsonPath: '.spec.reason', description: 'Why it was engaged.', priority: 1 },
    ageColumn,
  ],
} as const satisfies ResourceDefinition;
