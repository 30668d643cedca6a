/** Opens the bus for one command, and closes it afterwards. */
import { connectBus, type NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { makeLogger } from '@flotilla/runtime/log.ts';
import { CliError } from '../session/cli-error.ts';
import type { CliContext } from '../session/context.ts';

const CONNECT_MS_MAX = 3_000;
const LOOK_INTERVAL_MS = 10;

/** @throws CliError when the address of NATS is not known, or NATS does not answer. */
export async function openBus(context: CliContext): Promise<NatsBus> {
  if (context.natsUrl === undefined) {
    throw new CliError('expected the address of NATS, found none', {
      hint: 'Run "make up" for a local cluster, or give --nats-url (and FLOTILLA_NATS_USER, FLOTILLA_NATS_PASSWORD).',
    });
  }
  const bus = await connectBus({
    url: context.natsUrl,
    user: context.natsUser,
    password: context.natsPassword,
    name: 'flotilla-cli',
    logger: makeLogger({ service: 'cli', revision: 'dev', level: 'silent' }),
    clock: systemClock,
  });
  const deadlineMs = systemClock.monotonicMs() + CONNECT_MS_MAX;
  while (!bus.connected()) {
    if (systemClock.monotonicMs() > deadlineMs) {
      const problem = bus.problem() ?? 'no answer';
      await bus.close();
      throw new CliError(`NATS at ${context.natsUrl} cannot be reached: ${problem}`, {
        hint: 'Start the local cluster with "make up", or check --nats-url, FLOTILLA_NATS_USER and FLOTILLA_NATS_PASSWORD.',
      });
    }
    await systemClock.sleep(LOOK_INTERVAL_MS);
  }
  return bus;
}

/** Closes the bus whatever happens. @throws CliError like {@link openBus}, and what `use` throws. */
export async function withBus<T>(context: CliContext, use: (bus: NatsBus) => Promise<T>): Promise<T> {
  const bus = await openBus(context);
  try {
    return await use(bus);
  } finally {
    await bus.close();
  }
}
