/** Measures how long many agents need to trade again after a restart of the bus. */
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import type { Login } from '@flotilla/runtime/identity/login.ts';
import { type Installation, openAs, proposalOf } from './installation.ts';

/** In seconds, from the start of the server to the last agent's acknowledged publication. */
export async function measureReconnect(
  { server }: Pick<Installation, 'server'>,
  strategies: readonly string[],
  loginOf: (strategy: string) => Login,
): Promise<number> {
  const buses: NatsBus[] = [];
  for (const strategy of strategies) buses.push(await openAs(server.url, loginOf(strategy)));
  await server.restart();
  const startedMs = performance.now();
  await Promise.all(buses.map((bus, index) => publishUntilStored(bus, strategies[index] ?? '')));
  const tookS = (performance.now() - startedMs) / 1_000;
  await Promise.all(buses.map((bus) => bus.close()));
  return tookS;
}

async function publishUntilStored(bus: NatsBus, strategy: string): Promise<void> {
  const messageId = `after restart ${strategy}`;
  for (;;) {
    const stored = await bus.publish(proposalOf(strategy), Buffer.from('again'), { messageId }).catch(() => undefined);
    if (stored !== undefined) return;
    await new Promise<void>((resolve) => setTimeout(resolve, 20));
  }
}
