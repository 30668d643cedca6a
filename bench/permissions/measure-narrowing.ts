/** Measures how long an open connection goes on publishing after `kubectl apply` of a narrower AgentRole. */
import { enterAccount } from '@flotilla/runtime/testing/enter-account.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { proposalOf } from './installation.ts';
import { CHANGED_STRATEGY, type WholeOperator } from './whole-operator.ts';

const ANSWER_MS_MAX = 2_000;
const SUBJECT = proposalOf(CHANGED_STRATEGY);
/** With this much silence after the first refused publication, no further one is under way. */
const QUIET_MS = 300;

/** Milliseconds from the moment at which the change is sent to the API server to the last publication that the bus stored; one for each change. */
export async function measureNarrowing(operator: WholeOperator, count: number): Promise<readonly number[]> {
  const agent = await eventually('the agent enters', () =>
    enterAccount(operator.nats, { role: 'SignalAgent', portfolio: 'main', strategy: CHANGED_STRATEGY }),
  );
  const publish = (): Promise<boolean> =>
    agent.request(SUBJECT, 'x', { timeout: ANSWER_MS_MAX }).then(
      () => true,
      () => false,
    );
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    await operator.applyRole('Deliver');
    await eventually('the agent publishes', publish);
    const sentAtMs = performance.timeOrigin + performance.now();
    const applied = operator.applyRole('Nothing');
    while (await publish());
    await applied;
    await new Promise<void>((resolve) => setTimeout(resolve, QUIET_MS));
    times.push(((await operator.bus.last('DECISIONS', SUBJECT))?.storedAtMs ?? Number.NaN) - sentAtMs);
  }
  await agent.close();
  return times;
}
