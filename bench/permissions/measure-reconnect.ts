/** Measures how long many agents need to trade again after a restart of the bus. */
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { agentMember, type Installation, proposalOf } from './installation.ts';

/** In seconds, from the restart to the last agent's acknowledged publication. */
export async function measureReconnect(installation: Installation, strategies: readonly string[]): Promise<number> {
  const buses = await openAll(installation, strategies);
  await installation.server.restart();
  const startedMs = performance.now();
  await Promise.all(buses.map((bus, index) => publishUntilStored(bus, strategies[index] ?? '')));
  const tookS = (performance.now() - startedMs) / 1_000;
  await Promise.all(buses.map((bus) => bus.close()));
  return tookS;
}

async function openAll(installation: Installation, strategies: readonly string[]): Promise<readonly NatsBus[]> {
  const buses: NatsBus[] = [];
  for (const strategy of strategies) buses.push(await installation.open(agentMember(strategy).principal));
  return buses;
}

async function publishUntilStored(bus: NatsBus, strategy: string): Promise<void> {
  const messageId = `after restart ${strategy}`;
  for (;;) {
    const stored = await bus.publish(proposalOf(strategy), Buffer.from('again'), { messageId }).catch(() => undefined);
    if (stored !== undefined) return;
    await new Promise<void>((resolve) => setTimeout(resolve, 20));
  }
}
