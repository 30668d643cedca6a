/** Settings of an agent process: one strategy of one portfolio. */
import { type InstrumentDefinition, instrumentDefinitionSchema, readRecord, SERVICE_PORTS, token } from '@flotilla/contracts';
import { builtInAgentSchema } from '@flotilla/contracts/resources/agent-parameters.ts';
import { busSettings, commonSettings, networkSettings, tracingSettings } from '@flotilla/runtime/config.ts';
import { z } from 'zod';

const AGENT_KEY_BYTES = 32;
const INSTRUMENTS_MAX = 64;

const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue({ code: 'custom', message: 'expected JSON' });
    return z.NEVER;
  }
});

/**
 * An operator of another version may hand over definitions with more fields. They are left out: the hash of the parameters covers the definitions,
 * and a field that this build ignores must not make it forget its state.
 */
function readInstruments(value: unknown, context: z.RefinementCtx): readonly InstrumentDefinition[] {
  const read = readRecord(z.array(instrumentDefinitionSchema).min(1).max(INSTRUMENTS_MAX), value);
  if (read.ok) return read.value.map((definition) => instrumentDefinitionSchema.strip().parse(definition));
  context.addIssue({ code: 'custom', message: read.problem });
  return z.NEVER;
}

export const agentSettingsSchema = z.object({
  ...commonSettings(SERVICE_PORTS.agents),
  ...tracingSettings,
  ...busSettings,
  ...networkSettings,
  FLOTILLA_PORTFOLIO: token.describe('Portfolio for which the agent trades.'),
  FLOTILLA_STRATEGY: token.describe('Strategy that the agent runs.'),
  FLOTILLA_STRATEGY_REVISION: token
    .optional()
    .describe('Revision of the Strategy that this agent runs. Exec accepts orders of one revision at a time.'),
  FLOTILLA_AGENT: builtInAgentSchema.describe('Built-in agent that decides.'),
  FLOTILLA_PARAMETERS: jsonText.default({}).describe('`spec.parameters` of the Strategy, as JSON. The agent checks them at the start.'),
  FLOTILLA_INSTRUMENTS: jsonText
    .transform(readInstruments)
    .describe('Definitions of the instruments that the agent may trade, as a JSON array.'),
  FLOTILLA_VENUES: jsonText
    .pipe(z.array(token).min(1))
    .optional()
    .describe('Venues of the signals that the agent takes, as a JSON array: those that its AgentRole allows. Default: every venue.'),
  FLOTILLA_PUBLICATIONS: z
    .enum(['All', 'Proposals'])
    .default('All')
    .describe('`Proposals`: the AgentRole lets the agent publish proposals and no intents.'),
  FLOTILLA_DECISION_MODE: z.literal('Direct').default('Direct').describe('How a proposal becomes an order intent.'),
  FLOTILLA_AGENT_KEY: z
    .base64()
    .transform((text) => new Uint8Array(Buffer.from(text, 'base64')))
    .refine((key) => key.byteLength === AGENT_KEY_BYTES, { error: `expected ${AGENT_KEY_BYTES} bytes in base64` })
    .describe('Key from which the agent derives the ids of its proposals, in base64, so that no other agent can use them first. Secret.'),
});

export type AgentSettings = z.infer<typeof agentSettingsSchema>;
