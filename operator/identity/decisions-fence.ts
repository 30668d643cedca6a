/** Reads up to which sequence of DECISIONS the decisions of an agent may have been in flight when its right to publish was taken away. */
import { FENCE_SUBJECT } from '@flotilla/contracts/bus/fence-subject.ts';
import type { Publications } from '@flotilla/contracts/resources/agent-role.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';

const STREAM = 'DECISIONS';
/** No stream has so many messages. */
const IMPOSSIBLE_SEQUENCE = String(Number.MAX_SAFE_INTEGER);
/** JetStream's words: "wrong last sequence: 4711". */
const LAST_SEQUENCE = /wrong last sequence: (\d+)/;
/** A message that another server of the bus has read may still be on its way to the leader of the stream. */
const SETTLE_MS = 100;
const TRIES_MAX = 5;

export interface AgentName {
  readonly portfolio: string;
  readonly strategy: string;
}

/** An agent with what is left of its publications. Proposals of an agent that may make them go on behind its fence. */
export interface FencedAgent extends AgentName {
  readonly publications?: Publications;
}

export interface DecisionsFence {
  /**
   * To be called after every server has loaded the claims that take the right away. Resolves to a sequence that no decision of the agent exceeds.
   * @throws FlotillaError `BUS_REFUSED` when decisions of the agent still arrive, other codes when the bus does not answer
   */
  read(agent: FencedAgent): Promise<number>;
  /** Sequence of the last decision of the agent, from the leader of the stream; 0 when there is none. */
  lastOf(agent: FencedAgent): Promise<number>;
}

export function makeDecisionsFence(bus: Pick<NatsBus, 'publish' | 'last' | 'callApi' | 'clock'>): DecisionsFence {
  const lastOf = async ({ portfolio, strategy, publications }: FencedAgent): Promise<number> => {
    const kind = publications === 'Proposals' ? 'order_intent' : '*';
    return (await bus.last(STREAM, `decisions.${kind}.${portfolio}.${strategy}`, 'LEADER'))?.sequence ?? 0;
  };
  return {
    lastOf,
    async read(agent) {
      let found = 0;
      for (let tries = 0; tries < TRIES_MAX; tries += 1) {
        const sequence = await lastSequence(bus);
        await bus.clock.sleep(SETTLE_MS);
        found = await lastOf(agent);
        if (found <= sequence) return sequence;
      }
      throw new FlotillaError(
        'BUS_REFUSED',
        `expected no decision of ${agent.strategy} after the bus took the right away, found sequence ${found} of ${STREAM}`,
      );
    },
  };
}

/**
 * The stream handles publications in their order. A request for the state of the stream would overtake publications that wait, so the question travels
 * as a publication, which the stream refuses.
 */
async function lastSequence(bus: Pick<NatsBus, 'publish' | 'callApi'>): Promise<number> {
  try {
    await bus.publish(FENCE_SUBJECT, new Uint8Array(), { messageId: '', headers: { 'Nats-Expected-Last-Sequence': IMPOSSIBLE_SEQUENCE } });
  } catch (error) {
    if (!(error instanceof FlotillaError) || error.code !== 'FENCED') throw error;
    const [, sequence] = LAST_SEQUENCE.exec(error.message) ?? [];
    if (sequence !== undefined) return Number(sequence);
  }
  throw new FlotillaError(
    'BUS_REFUSED',
    `expected the stream ${STREAM} to refuse ${FENCE_SUBJECT} with its last sequence, found another answer`,
  );
}
