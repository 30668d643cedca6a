/** Strategy: one agent that trades a few instruments within its capital. */
import { z } from 'zod';
import { desiredStateSchema } from '../control/exec-config.ts';
import { sha256Hex, timestamp, token } from '../scalars.ts';
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
import { killSwitchName, localReference, positiveAmount, statusShape } from './fields.ts';

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
    instruments: z
      .array(token)
      .min(1)
      .max(64)
      .meta({ 'x-kubernetes-list-type': 'set' })
      .describe('Instruments that it sees and may trade, for example [BTC-USD]; each built in or defined by the Portfolio.'),
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
    desiredState: desiredStateSchema
      .default('Running')
      .describe(
        'Running: trades. Paused: no new decisions; positions and resting orders stay. Halted: as Paused, and its resting orders are cancelled as by a kill switch.',
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
      .enum(['Running', 'Starting', 'Paused', 'Halted', 'Blocked'])
      .optional()
      .describe(
        'Running: the agent is up. Starting: on the way there. Paused, Halted: stopped as asked, or by a kill switch. Blocked: something is missing or wrong, see the condition Ready.',
      ),
    killSwitch: killSwitchName.optional().describe('KillSwitch that keeps the agent stopped.'),
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
  rules: [nameRule],
  printerColumns: [
    { name: 'Agent', type: 'string', jsonPath: '.spec.agent.builtIn', description: 'What decides.', priority: 0 },
    { name: 'Portfolio', type: 'string', jsonPath: '.spec.portfolioRef.name', description: 'Portfolio that it trades for.', priority: 0 },
    { name: 'State', type: 'string', jsonPath: '.status.state', description: 'What it does.', priority: 0 },
    readyColumn,
    reasonColumn,
    { name: 'Instruments', type: 'string', jsonPath: '.spec.instruments', description: 'What it trades.', priority: 1 },
    { name: 'Capital', type: 'string', jsonPath: '.spec.capital.maxNotional', description: 'Money that it may use.', priority: 1 },
    messageColumn,
    ageColumn,
  ],
} as const satisfies ResourceDefinition;
