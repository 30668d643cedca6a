/** Opens the bus for one command, and closes it afterwards. */
import { connectBus, type NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { FIRST_TRY_LASTS } from '@flotilla/runtime/bus/connection.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { makeLogger } from '@flotilla/runtime/log.ts';
import { CliError } from '../session/cli-error.ts';
import type { CliContext } from '../session/context.ts';
import { busLogin } from './bus-login.ts';

const CONNECT_MS_MAX = 3_000;
/** The server decides within five seconds whether it admits a client. */
const ADMISSION_MS_MAX = 6_500;
const LOOK_INTERVAL_MS = 10;

/** @throws CliError when the address of NATS is not known, no login is to be had, NATS does not answer, or NATS does not admit the command. */
export async function openBus(context: CliContext): Promise<NatsBus> {
  const { natsUrl } = context;
  if (natsUrl === undefined) {
    throw new CliError('expected the address of NATS, found none', {
      hint: 'Run "make up" for a local cluster, or give --nats-url.',
    });
  }
  const bus = await connectBus({
    url: natsUrl,
    login: await busLogin(context, systemClock),
    name: 'flotilla-cli',
    logger: makeLogger({ service: 'cli', revision: 'dev', level: 'silent' }),
    clock: systemClock,
  });
  const startedMs = systemClock.monotonicMs();
  while (!bus.connected()) {
    const problem = bus.problem() ?? 'no answer';
    if (systemClock.monotonicMs() - startedMs > (problem === FIRST_TRY_LASTS ? ADMISSION_MS_MAX : CONNECT_MS_MAX)) {
      await bus.close();
      throw notConnected(natsUrl, problem);
    }
    await systemClock.sleep(LOOK_INTERVAL_MS);
  }
  return bus;
}

/** A server whose callout is away answers at first, and refuses after five seconds or leaves the client to its own time limit. */
function notConnected(url: string, problem: string): CliError {
  if (/authoriz|authentic|timeout|timed out/i.test(problem))
    return new CliError(`the bus at ${url} did not admit this command: ${problem}`, {
      hint: 'Check --namespace and the login, and that the callout runs ("make status", or kubectl get pods).',
    });
  return new CliError(`NATS at ${url} cannot be reached: ${problem}`, {
    hint: 'Start the local cluster with "make up", or check --nats-url.',
  });
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
