/** Publishes proposals and intents, all at once, and waits until the bus has stored them. For agent.ts. */
import { assert, type Bus, STREAMS, subjects } from '@flotilla/contracts';
import { type Carrier, type Outgoing, publishEvent } from '@flotilla/runtime';
import type { Decision } from './decide.ts';

/**
 * Resolves with the highest DECISIONS sequence of the events, 0 without any: an AgentRole may divert decisions to another stream, whose sequences
 * say nothing of DECISIONS. @throws FlotillaError of the bus.
 */
export async function publishDecisions(bus: Bus, decisions: readonly Decision[]): Promise<number> {
  const acks = await Promise.all(decisions.flatMap(outgoingOf).map((outgoing) => publishEvent(bus, outgoing)));
  assert(acks.length === 2 * decisions.length, `every decision is a proposal and an intent, found ${acks.length} events`);
  return Math.max(0, ...acks.filter(({ stream }) => stream === STREAMS.DECISIONS.name).map(({ sequence }) => sequence));
}

function outgoingOf({ proposal, intent, carrier }: Decision): readonly (Outgoing & { readonly headers: Carrier })[] {
  const { portfolio, strategy } = proposal;
  return [
    { type: 'decisions.proposal', subject: subjects.proposal(portfolio, strategy), event: proposal, headers: carrier },
    { type: 'decisions.order_intent', subject: subjects.orderIntent(portfolio, strategy), event: intent, headers: carrier },
  ];
}
