/** Settings of an agent process: one strategy of one portfolio. */
import { instrumentDefinitionSchema, SERVICE_PORTS, token } from '@flotilla/contracts';
import { builtInAgentSchema } from '@flotilla/contracts/resources/agent-parameters.ts';
import { busSettings, commonSettings, storeSettings } from '@flotilla/runtime';
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

export const agentSettingsSchema = z.object({
  ...commonSettings(SERVICE_PORTS.agents),
  ...busSettings,
  ...storeSettings,
  FLOTILLA_PORTFOLIO: token,
  FLOTILLA_STRATEGY: token,
  /** Revision of the Strategy that this agent runs; exec takes orders of one revision at a time. */
  FLOTILLA_STRATEGY_REVISION: token.optional(),
  FLOTILLA_AGENT: builtInAgentSchema,
  /** The Strategy's `spec.parameters`; the strategy itself says what is allowed. */
  FLOTILLA_PARAMETERS: jsonText.default({}),
  FLOTILLA_INSTRUMENTS: jsonText.pipe(z.array(instrumentDefinitionSchema).min(1).max(INSTRUMENTS_MAX)),
  FLOTILLA_DECISION_MODE: z.literal('Direct').default('Direct'),
  /** Base64. Keys the ids of everything that this agent proposes, so that no other agent can take them first. */
  FLOTILLA_AGENT_KEY: z
    .base64()
    .transform((text) => new Uint8Array(Buffer.from(text, 'base64')))
    .refine((key) => key.byteLength === AGENT_KEY_BYTES, { error: `expected ${AGENT_KEY_BYTES} bytes in base64` }),
});

export type AgentSettings = z.infer<typeof agentSettingsSchema>;
