/** KillSwitch: while one exists, no portfolio in its scope trades. For the CRD generator, the operator and the command line. */
import { z } from 'zod';
import { objectName, timestamp } from '../values/scalars.ts';
import type { ReasonOf } from '../conditions/condition-reasons.ts';
import { ageColumn, messageColumn, readyColumn, reasonColumn, type ResourceDefinition, type ResourceObject } from './definition.ts';
import { type CrossRule, freeText, listMap, listSet, statusShape, withRules } from './fields.ts';

const scopeFields = z.strictObject({
  type: z
    .enum(['All', 'Namespaces', 'Portfolios'])
    .describe('All: every portfolio of the cluster. Namespaces, Portfolios: those in the list of that name.'),
  namespaces: listSet(objectName, 64, 1)
    .optional()
    .describe('Namespaces whose portfolios are halted. Required for the type Namespaces, and for no other.'),
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
    .describe('Portfolios that are halted. Required for the type Portfolios, and for no other.'),
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
    scope: withRules(scopeFields, scopeRules).describe('Which portfolios are halted.'),
    mode: z
      .enum(['ReduceOnly', 'CancelAndHold'])
      .default('CancelAndHold')
      .describe(
        'CancelAndHold: exec refuses new orders, cancels resting orders and keeps positions. ReduceOnly: exec accepts only orders that reduce a position.',
      ),
    reason: freeText(512).describe('Why trading is halted, for people who find the KillSwitch later. The audit log keeps it.'),
  })
  .meta({
    'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'the spec of a KillSwitch cannot be changed: create another one' }],
  })
  .describe(
    'Scope and reason of the halt. The halt is in force from the creation of the object. After a deletion it stays in force until exec has confirmed that it is complete.',
  );
export type KillSwitchSpec = z.infer<typeof killSwitchSpecSchema>;

const durationMs = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Steps of one portfolio, in their order; a time that is absent has not come yet. */
const haltedPortfolioSchema = z.strictObject({
  namespace: objectName.describe('Namespace of the Portfolio.'),
  name: objectName.describe('Name of the Portfolio.'),
  phase: z
    .enum(['Publishing', 'Closing', 'Cancelling', 'StoppingAgents', 'Halted', 'Releasing', 'Unconfirmed'])
    .describe(
      'Publishing: the operator is writing the halt record. Closing: exec has not yet confirmed. Cancelling: open orders remain. ' +
        'StoppingAgents: agents still have pods. Halted: every step is done. Releasing: the KillSwitch is being deleted. ' +
        'Unconfirmed: exec does not report, so it is unknown whether its gate is closed and whether orders are open.',
    ),
  generation: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional().describe('Generation of the halt record.'),
  observedAt: timestamp.optional().describe('Time at which the operator first saw the KillSwitch, RFC 3339.'),
  publishedAt: timestamp.optional().describe('Time at which the operator wrote the halt record to the bus, RFC 3339.'),
  gateClosedAt: timestamp.optional().describe('Time at which exec closed its gate, RFC 3339. exec accepts no order after it.'),
  lastAcceptedAt: timestamp.optional().describe('Time at which exec accepted the last order before the gate closed, RFC 3339.'),
  restingCancelledAt: timestamp.optional().describe('Time at which exec had cancelled every resting order, RFC 3339.'),
  restingCancelledCount: z.int().min(0).max(1_000_000).optional().describe('Resting orders that exec cancelled.'),
  zeroOpenOrdersVerifiedAt: timestamp
    .optional()
    .describe('Time at which exec had confirmed twice that the venue holds no open order, RFC 3339.'),
  agentsScaledToZeroAt: timestamp.optional().describe('Time at which no agent of the portfolio had a pod, RFC 3339.'),
  gateClosedDurationMs: durationMs.optional().describe('From observedAt to gateClosedAt, in milliseconds.'),
  zeroOpenOrdersDurationMs: durationMs.optional().describe('From observedAt to zeroOpenOrdersVerifiedAt, in milliseconds.'),
  agentsScaledToZeroDurationMs: durationMs.optional().describe('From observedAt to agentsScaledToZeroAt, in milliseconds.'),
});
export type HaltedPortfolio = z.infer<typeof haltedPortfolioSchema>;

/** Bound of the names in an entry; counts go over everything. */
const ENTRY_NAMES_MAX = 16;
const portfolioCount = z.int().min(0).max(100_000);

/** One entry for each namespace, written by the operator that serves the namespace and by no other. */
const namespaceHaltSchema = z.strictObject({
  namespace: objectName.describe('Namespace whose operator writes this entry.'),
  // An operator of another version may write a reason that this build does not know. The status shows every reason as written.
  reason: z
    .string()
    .min(1)
    .max(63)
    .regex(/^[A-Za-z]+$/)
    .describe('Halted, NothingInScope, BusUnavailable, ExecSilent, or the phase of the first portfolio that is not halted.') as z.ZodType<
    ReasonOf<'KillSwitch'>
  >,
  message: z.string().max(1_024).meta({ maxLength: 1_024 }).describe('The reason in a sentence.'),
  portfolioCount: portfolioCount.describe('Portfolios of the namespace in scope.'),
  haltedCount: portfolioCount.describe('Portfolios of which every step is done.'),
  unconfirmedCount: portfolioCount.describe('Portfolios whose exec does not report, so that their gate and their open orders are unknown.'),
  gatesClosedCount: portfolioCount.describe('Portfolios whose exec has closed its gate.'),
  ordersCancelledCount: portfolioCount.describe('Portfolios whose exec has confirmed twice that no order is open.'),
  agentsStoppedCount: portfolioCount.describe('Portfolios without a pod of an agent.'),
  omittedCount: portfolioCount.optional().describe('Portfolios in scope that `portfolios` does not list; absent: none.'),
  notHalted: listSet(objectName, ENTRY_NAMES_MAX).optional().describe('Names of the first portfolios that are not halted.'),
  unconfirmed: listSet(objectName, ENTRY_NAMES_MAX).optional().describe('Names of the first portfolios whose exec does not report.'),
  gateClosedDurationMsMax: durationMs.optional().describe('Slowest gate: from observedAt to gateClosedAt, in milliseconds.'),
});
export type NamespaceHalt = z.infer<typeof namespaceHaltSchema>;

export const killSwitchStatusSchema = z
  .strictObject({
    ...statusShape,
    state: z
      .enum(['Engaging', 'Engaged', 'Releasing'])
      .optional()
      .describe(
        'Engaging: some step is still to come or unknown. Engaged: every portfolio in scope is halted. ' +
          'Releasing: the KillSwitch was deleted, and the halt completes before it ends.',
      ),
    scope: z
      .string()
      .max(128)
      .regex(/^[ -~]*$/)
      .optional()
      .describe('The scope as text.'),
    portfolioCount: portfolioCount.optional().describe('Portfolios in scope, over every namespace.'),
    haltedCount: portfolioCount.optional().describe('Portfolios in scope of which every step is done, over every namespace.'),
    omittedCount: portfolioCount.optional().describe('Portfolios in scope that `portfolios` does not list; absent: none.'),
    namespaces: listMap(namespaceHaltSchema, ['namespace'], 128)
      .optional()
      .describe('One entry for each namespace with portfolios in scope, written by the operator of that namespace.'),
    gateClosedDurationMsMax: durationMs.optional().describe('Slowest gate: from observedAt to gateClosedAt, in milliseconds.'),
    portfolios: listMap(haltedPortfolioSchema, ['namespace', 'name'], 1_024)
      .optional()
      .describe('Portfolios in scope with the time of each step: at most 256 of a namespace. `portfolioCount` counts all of them.'),
  })
  .describe('How far the halt is: totals, one entry for each namespace, and the steps of each portfolio.');
export type KillSwitchStatus = z.infer<typeof killSwitchStatusSchema>;
export type KillSwitch = ResourceObject<KillSwitchSpec, KillSwitchStatus>;

export const killSwitchResource = {
  kind: 'KillSwitch',
  plural: 'killswitches',
  singular: 'killswitch',
  shortNames: ['ks', 'halt'],
  scope: 'Cluster',
  description: 'A halt: while it exists, no portfolio in its scope trades.',
  spec: killSwitchSpecSchema,
  status: killSwitchStatusSchema,
  rules: [],
  printerColumns: [
    { name: 'Scope', type: 'string', jsonPath: '.status.scope', description: 'Portfolios that are halted.', priority: 0 },
    { name: 'Mode', type: 'string', jsonPath: '.spec.mode', description: 'Orders that still pass.', priority: 0 },
    { name: 'State', type: 'string', jsonPath: '.status.state', description: 'How far the halt is.', priority: 0 },
    { name: 'Portfolios', type: 'integer', jsonPath: '.status.portfolioCount', description: 'Portfolios in scope.', priority: 0 },
    { name: 'Halted', type: 'integer', jsonPath: '.status.haltedCount', description: 'Portfolios that are halted.', priority: 0 },
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
    { name: 'Why', type: 'string', jsonPath: '.spec.reason', description: 'Why trading is halted.', priority: 1 },
    ageColumn,
  ],
} as const satisfies ResourceDefinition;
