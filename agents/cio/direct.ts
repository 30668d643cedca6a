/** Decision mode Direct: the strategy's own proposal is the decision, so each proposal becomes one order intent. */
import { orderIntentId, type OrderIntent, type Proposal } from '@flotilla/contracts';

/** Identity of the intent: the strategy's key, the signal, and the number of the proposal within the signal. */
export interface DirectDecision {
  readonly agentKey: Uint8Array;
  readonly inputId: string;
  readonly ordinal: number;
}

/** Pure: the same proposal and decision give the same intent, byte for byte. */
export function decideDirect(proposal: Proposal, { agentKey, inputId, ordinal }: DirectDecision): OrderIntent {
  const { targetQuantity: _target, reason: _reason, ...order } = proposal;
  return { ...order, id: orderIntentId(agentKey, inputId, ordinal), proposalIds: [proposal.id] };
}
