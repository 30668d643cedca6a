/** Publishes proposals and intents, all at once, and waits until the bus has stored them. For agent.ts. */
import { assert, type Bus, STREAMS, subjects } from '@flotilla/contracts';
import { type Carrier, type Outgoing, publishEvent } from '@flotilla/runtime';
import type { Decision } from './decide.ts';

/** What the bus takes from the agent. */
export type AgentPublications = 'All' | 'Proposals';

/**
 * Resolves with the highest DECISIONS sequence of the events, 0 without any: an AgentRole may divert decisions to another stream, whose sequences
 * say nothing of DECISIONS. @throws FlotillaError of the bus.
 */
export async function publishDecisions(bus: Bus, decisions: readonly Decision[], publications: AgentPublications = 'All'): Promise<number> {
  const outgoing = decisions.flatMap(publications === 'All' ? outgoingOf : proposalOf);
  const acks = await Promise.all(outgoing.map((one) => publishEvent(bus, one)));
  const expected = publications === 'All' ? 2 : 1;
  assert(acks.length === expected * decisions.length, `every decision is ${expected} events, found ${acks.length} for ${decisions.length}`);
  return Math.max(0, ...acks.filter(({ stream }) => stream === STREAMS.DECISIONS.name).map(({ sequence }) => sequence));
}

/** The bus refuses everything else of an agent whose AgentRole says so. */
function proposalOf({ proposal, carrier }: Decision): Outgoing & { readonly headers: Carrier } {
  const subject = subjects.proposalAlone(proposal.portfolio, proposal.strategy);
  return { type: 'decisions.proposal', subject, event: proposal, headers: carrier };
}

function outgoingOf({ proposal, intent, carrier }: Decision): readonly (Outgoing & { readonly headers: Carrier })[] {
  const { portfolio, strategy } = proposal;
  return [
    { type: 'decisions.proposal', subject: subjects.proposal(portfolio, strategy), event: proposal, headers: carrier },
    { type: 'decisions.order_intent', subject: subjects.orderIntent(portfolio, strategy), event: intent, headers: carrier },
  ];
}
