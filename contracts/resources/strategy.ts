/** Strategy: one agent that trades a few instruments within its capital. */
import { z } from 'zod';
import { desiredStateSchema } from '../control/exec-config.ts';
import { objectName, sha256Hex, timestamp, token } from '../scalars.ts';
import { builtInAgentSchema } from './agent-parameters.ts';
import {
  ageColumn,
  messageColumn,
  nameRule,
  readyColumn,
  reasonColumn,
  type ResourceDefinition,
  type ResourceObject,
} from './definition.ts';
import { freeText, killSwitchName, listSet, localReference, positiveAmount, statusShape } from './fields.ts';
import { policyChangeRule, riskPolicyInForce } from './loosening.ts';
import { podTemplateSchema } from './pod-template.ts';

const handoverSchema = z.enum(['Drain', 'Handover', 'Flatten']);
export type Handover = z.infer<typeof handoverSchema>;

const rolloutPhaseSchema = z.enum(['Waiting', 'Suspended', 'Blocked', 'Draining', 'Flattening', 'Stopping', 'Fencing', 'Starting']);
export type RolloutPhase = z.infer<typeof rolloutPhaseSchema>;

/** Parameters of one Strategy. */
export const PARAMETERS_MAX = 32;

const parametersSchema = z
  .record(z.string(), z.unknown())
  .refine((parameters) => Object.keys(parameters).length <= PARAMETERS_MAX, { error: `at most ${PARAMETERS_MAX} parameters` })
  .meta({ maxProperties: PARAMETERS_MAX });

export const strategySpecSchema = z
  .strictObject({
    portfolioRef: localReference.describe(
      'Portfolio that it trades for. Cannot be changed: its orders and positions belong to that account.',
    ),
    agent: z
      .strictObject({
        builtIn: z
          .string()
          .min(1)
          .max(63)
          .regex(/^[A-Za-z][A-Za-z0-9]*$/)
          .describe(
            `Built-in agent: ${builtInAgentSchema.options.join(', ')}. Momentum follows moving averages, MeanReversion trades against deviations from the mean, Alert follows webhook signals.`,
          ),
      })
      .describe('What decides.'),
    parameters: parametersSchema
      .default({})
      .describe(
        'Parameters of the agent: numbers, text or booleans by name, for example fastBars: 10. The agent’s own schema checks them; what it refuses stands in the condition Ready.',
      ),
    instruments: listSet(token, 64, 1).describe(
      'Instruments that it sees and may trade, for example [BTC-USD]; each built in or defined by the Portfolio.',
    ),
    capital: z
      .strictObject({
        maxNotional: positiveAmount.describe(
          'Most that its positions and open orders may be worth together, in the base currency, as text.',
        ),
      })
      .describe('Money that it may use.'),
    riskPolicyRef: localReference
      .optional()
      .describe('RiskPolicy of its own. It can only tighten: of it and the Portfolio’s, the tighter limit holds, field by field.'),
    acknowledgedPolicyChange: z
      .strictObject({
        from: objectName.describe('RiskPolicy that was named before.'),
        to: objectName.optional().describe('RiskPolicy that is named now; absent when none is.'),
        reason: freeText(256).optional().describe('Why, or who agreed; for the people who find it later.'),
      })
      .optional()
      .describe(
        'Says that riskPolicyRef is changed or taken away on purpose: the limits may become looser. Has to come with the very change; one that stays here covers no later one. Naming a policy where none was only tightens and needs none.',
      ),
    desiredState: desiredStateSchema
      .default('Running')
      .describe(
        'Running: trades. Paused: its agent is stopped and nothing new passes; positions are kept and resting orders rest. Halted: as by a kill switch on this strategy alone: nothing passes, reductions neither, and its resting orders are cancelled. Running again restores it.',
      ),
    podTemplate: podTemplateSchema
      .optional()
      .describe('Size and place of the pod of the agent. A change restarts the pod and makes no new revision.'),
    handover: handoverSchema
      .default('Handover')
      .describe(
        'What happens to open orders and positions when a change makes a new revision of the agent (agent, parameters, instruments, image). Handover: the next revision takes them over. Drain: the old one goes on with orders that reduce, until nothing is left. Flatten: its orders are cancelled and exec closes its positions at the market, within the limits. Two revisions never write at once.',
      ),
  })
  .meta({
    'x-kubernetes-validations': [
      {
        rule: 'self.portfolioRef == oldSelf.portfolioRef',
        message: 'portfolioRef cannot be changed, positions belong to their account: create another Strategy',
      },
    ],
  })
  .describe('An agent and what it may trade.');
export type StrategySpec = z.infer<typeof strategySpecSchema>;

export const strategyStatusSchema = z
  .strictObject({
    ...statusShape,
    state: z
      .enum(['Running', 'Starting', 'RollingOut', 'Paused', 'Halted', 'Blocked'])
      .optional()
      .describe(
        'Running: the agent is up. Starting: on the way there. RollingOut: another revision is to take over, see rollout. Paused, Halted: stopped as asked, or by a kill switch. Blocked: something is missing or wrong, see the condition Ready.',
      ),
    stateSince: timestamp.optional().describe('When the state last changed.'),
    killSwitch: killSwitchName.optional().describe('KillSwitch that keeps the agent stopped.'),
    revision: token.optional().describe('Revision of the agent whose orders exec takes, as exec reports it.'),
    rollout: z
      .strictObject({
        from: token.describe('Revision that may still write.'),
        to: token.describe('Revision that is to take over.'),
        handover: handoverSchema.describe('How.'),
        phase: rolloutPhaseSchema.describe(
          'Draining: the old revision reduces. Flattening: exec closes. Stopping: the old agent ends. Fencing: exec is told to take orders of the next revision alone. Starting: the next agent starts. Waiting: exec has to report first. Suspended: not while paused or halted. Blocked: needs a change, see the condition Stalled.',
        ),
        startedAt: timestamp.describe('Since when.'),
        openOrders: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional().describe('Open orders of the strategy, as exec reports them.'),
        openPositions: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional().describe('Positions of the strategy that are not zero.'),
        waitsFor: z
          .string()
          .max(128)
          .regex(/^[ -~]*$/)
          .optional()
          .describe('Why exec does not go on closing at the moment, as a denial code.'),
      })
      .optional()
      .describe('The change from one revision of the agent to another, while it lasts.'),
    halt: z
      .strictObject({
        gateClosedAt: timestamp.describe('When exec closed: no order of the strategy after it.'),
        restingCancelledCount: z.int().min(0).max(1_000_000).describe('Resting orders that were cancelled.'),
        zeroOpenOrdersVerifiedAt: timestamp.optional().describe('When exec had seen twice that the venue holds no open order of it.'),
      })
      .optional()
      .describe('How far the halt of this strategy is, while its desiredState is Halted; the times are those of the exec that runs.'),
    riskPolicyInForce: riskPolicyInForce
      .optional()
      .describe(
        'RiskPolicy of its own whose limits the operator delivered last; empty while none was. A change of riskPolicyRef is judged against it.',
      ),
    policyHash: sha256Hex.optional().describe('SHA-256 of the effective limits: the tighter of the Portfolio’s and its own.'),
    firstSignalAt: timestamp.optional().describe('When the running agent consumed its first signal.'),
  })
  .describe('Whether it trades, and if not, why.');
export type StrategyStatus = z.infer<typeof strategyStatusSchema>;
export type Strategy = ResourceObject<StrategySpec, StrategyStatus>;

export const strategyResource = {
  kind: 'Strategy',
  plural: 'strategies',
  singular: 'strategy',
  shortNames: ['strat'],
  scope: 'Namespaced',
  description: 'An agent that turns signals into orders of a Portfolio.',
  spec: strategySpecSchema,
  status: strategyStatusSchema,
  rules: [nameRule, policyChangeRule({ optional: true })],
  printerColumns: [
    { name: 'Agent', type: 'string', jsonPath: '.spec.agent.builtIn', description: 'What decides.', priority: 0 },
    { name: 'Portfolio', type: 'string', jsonPath: '.spec.portfolioRef.name', description: 'Portfolio that it trades for.', priority: 0 },
    { name: 'State', type: 'string', jsonPath: '.status.state', description: 'What it does.', priority: 0 },
    readyColumn,
    reasonColumn,
    {
      name: 'Trading',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Trading")].reason',
      description: 'Why its orders are taken or not, in one word.',
      priority: 0,
    },
    { name: 'Revision', type: 'string', jsonPath: '.status.revision', description: 'Revision of the agent that may write.', priority: 1 },
    { name: 'Instruments', type: 'string', jsonPath: '.spec.instruments', description: 'What it trades.', priority: 1 },
    { name: 'Capital', type: 'string', jsonPath: '.spec.capital.maxNotional', description: 'Money that it may use.', priority: 1 },
    messageColumn,
    ageColumn,
  ],
} as const satisfies ResourceDefinition;
