/** Strategy: one agent that trades a few instruments within its capital. */
import { leakStatusSchema, permissionsStatusSchema, revocationStatusSchema } from './permissions-status.ts';
import { z } from 'zod';
import { desiredStateSchema } from '../control/exec-config.ts';
import { objectName, sha256Hex, timestamp, token } from '../values/scalars.ts';
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
      'Portfolio that the strategy trades for. Cannot be changed, because orders and positions belong to the account of the Portfolio.',
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
      .describe('The agent that turns signals into target positions.'),
    parameters: parametersSchema
      .default({})
      .describe(
        'Parameters of the agent: numbers, text or booleans by name, for example fastBars: 10. The agent’s own schema checks them; the condition Ready says what the schema refuses.',
      ),
    instruments: listSet(token, 64, 1).describe(
      'Instruments that the agent sees and may trade, for example [BTC-USD]. Each is built in or defined by the Portfolio.',
    ),
    capital: z
      .strictObject({
        maxNotional: positiveAmount.describe(
          'Largest notional of the positions and the open orders of the strategy together, in the base currency, as text.',
        ),
      })
      .describe('Capital that the strategy may use.'),
    riskPolicyRef: localReference
      .optional()
      .describe(
        'RiskPolicy of the strategy itself. It can only tighten: of each limit, the tighter of this policy and the policy of the Portfolio holds.',
      ),
    agentRoleRef: localReference
      .optional()
      .describe(
        'AgentRole that limits what the agent may consume, publish and reach. Default: the rights of every agent. While the role is missing or cannot be read, no agent runs.',
      ),
    acknowledgedPolicyChange: z
      .strictObject({
        from: objectName.describe('RiskPolicy that was in force before the change.'),
        to: objectName.optional().describe('RiskPolicy that riskPolicyRef names after the change; absent when riskPolicyRef is removed.'),
        reason: freeText(256).optional().describe('Reason of the change, or the person who agreed to the change.'),
      })
      .optional()
      .describe(
        'Confirms that riskPolicyRef is changed or removed on purpose, because the limits may become looser. The acknowledgement must be part of the same change; an acknowledgement of an earlier change does not count. Naming a policy where none was in force only tightens and needs no acknowledgement.',
      ),
    desiredState: desiredStateSchema
      .default('Running')
      .describe(
        'State that the strategy is to have. Running: the strategy trades. Paused: the agent is stopped and exec denies new orders; positions and resting orders stay. Halted: the agent is stopped, exec denies every order, reductions too, and cancels the resting orders. A later change to Running resumes trading.',
      ),
    podTemplate: podTemplateSchema
      .optional()
      .describe('Size and place of the pod of the agent. A change restarts the pod and makes no new revision.'),
    handover: handoverSchema
      .default('Handover')
      .describe(
        'How open orders and positions pass to the next revision when the agent, the parameters, the instruments or the image change. Handover: the next revision takes over orders and positions. Drain: the old revision sends only orders that reduce, until no order and no position is left. Flatten: exec cancels the orders and closes the positions at the market, within the limits. exec never takes orders of two revisions at the same time.',
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
  .describe('Agent, instruments, capital and desired state of the strategy.');
export type StrategySpec = z.infer<typeof strategySpecSchema>;

export const strategyStatusSchema = z
  .strictObject({
    ...statusShape,
    state: z
      .enum(['Running', 'Starting', 'RollingOut', 'Paused', 'Halted', 'Blocked'])
      .optional()
      .describe(
        'State of the strategy. Running: the agent runs. Starting: the agent starts, or exec has not yet confirmed the agent. RollingOut: the next revision takes over, see rollout. Paused: stopped by desiredState. Halted: stopped by desiredState, by a KillSwitch or by a deletion. Blocked: a person has to change something, see the condition Ready.',
      ),
    stateSince: timestamp.optional().describe('Time of the last change of state, RFC 3339.'),
    killSwitch: killSwitchName.optional().describe('KillSwitch that keeps the agent stopped.'),
    revision: token.optional().describe('Revision of the agent whose orders exec takes, as exec reports it.'),
    rollout: z
      .strictObject({
        from: token.describe('Revision whose orders exec still takes.'),
        to: token.describe('Revision that takes over.'),
        handover: handoverSchema.describe('How orders and positions pass to the next revision; see spec.handover.'),
        phase: rolloutPhaseSchema.describe(
          'Step of the rollout. Waiting: exec must report first. Draining: the old revision only reduces positions. Flattening: exec closes the positions. Stopping: the old agent ends. Fencing: exec must confirm that it takes orders of the next revision alone. Starting: the next agent starts. Suspended: the strategy is paused or halted, so the rollout waits. Blocked: a person has to change something, see the condition Stalled.',
        ),
        startedAt: timestamp.describe('Start of the rollout, RFC 3339.'),
        openOrders: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional().describe('Open orders of the strategy, as exec reports them.'),
        openPositions: z
          .int()
          .min(0)
          .max(Number.MAX_SAFE_INTEGER)
          .optional()
          .describe('Number of instruments in which the strategy holds a position, as exec reports it.'),
        waitsFor: z
          .string()
          .max(128)
          .regex(/^[ -~]*$/)
          .optional()
          .describe('Denial code that keeps exec from closing the positions at the moment.'),
      })
      .optional()
      .describe('Rollout from one revision of the agent to the next; absent while no rollout takes place.'),
    halt: z
      .strictObject({
        gateClosedAt: timestamp.describe(
          'Time at which exec closed the gate of the strategy. exec has sent no order of the strategy since.',
        ),
        restingCancelledCount: z.int().min(0).max(1_000_000).describe('Number of resting orders that exec cancelled.'),
        zeroOpenOrdersVerifiedAt: timestamp
          .optional()
          .describe('Time at which exec had seen twice that the venue holds no open order of the strategy.'),
      })
      .optional()
      .describe('Progress of the halt while desiredState is Halted. The times are those of the exec that runs now.'),
    riskPolicyInForce: riskPolicyInForce
      .optional()
      .describe(
        'RiskPolicy of the strategy itself whose limits the operator delivered last; empty while the operator has delivered none. The API server judges a change of riskPolicyRef against this name.',
      ),
    policyHash: sha256Hex
      .optional()
      .describe(
        'SHA-256 of the effective limits: of each limit the tighter of the policy of the Portfolio and the policy of the strategy.',
      ),
    permissions: permissionsStatusSchema.optional(),
    revocation: revocationStatusSchema.optional(),
    leak: leakStatusSchema.optional(),
    firstSignalAt: timestamp.optional().describe('Time at which the running agent consumed its first signal, RFC 3339.'),
  })
  .describe('State of the strategy as the operator observes it.');
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
    {
      name: 'Agent',
      type: 'string',
      jsonPath: '.spec.agent.builtIn',
      description: 'The agent that turns signals into target positions.',
      priority: 0,
    },
    {
      name: 'Portfolio',
      type: 'string',
      jsonPath: '.spec.portfolioRef.name',
      description: 'Portfolio that the strategy trades for.',
      priority: 0,
    },
    { name: 'State', type: 'string', jsonPath: '.status.state', description: 'State of the strategy.', priority: 0 },
    readyColumn,
    reasonColumn,
    {
      name: 'Trading',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Trading")].reason',
      description: 'Reason why exec takes the orders of the strategy or not, in one word.',
      priority: 0,
    },
    {
      name: 'Revision',
      type: 'string',
      jsonPath: '.status.revision',
      description: 'Revision of the agent whose orders exec takes.',
      priority: 1,
    },
    {
      name: 'Role',
      type: 'string',
      jsonPath: '.spec.agentRoleRef.name',
      description: 'AgentRole that limits the agent; empty for the rights of every agent.',
      priority: 1,
    },
    { name: 'Instruments', type: 'string', jsonPath: '.spec.instruments', description: 'Instruments of the strategy.', priority: 1 },
    {
      name: 'Capital',
      type: 'string',
      jsonPath: '.spec.capital.maxNotional',
      description: 'Capital that the strategy may use.',
      priority: 1,
    },
    messageColumn,
    ageColumn,
  ],
} as const satisfies ResourceDefinition;
