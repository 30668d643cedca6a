/** Measures how fast a principal that is gone loses its live connection, while it publishes as fast as it can. */
import { userLogin } from '@flotilla/runtime/identity/login.ts';
import { openRawLogin } from '@flotilla/runtime/testing/open-raw-connection.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { agentMember, type Installation, proposalOf } from './installation.ts';

export interface Revocation {
  /** From the operator's decision to the time at which the server stored the last publication; below zero: the last one came before. */
  readonly lastStoredMs: number;
  /** From the operator's decision to the client's end of the connection. */
  readonly closedMs: number;
}

/** Publications in flight, each with an awaited acknowledgement, so that the client measures the server and not its own queue. */
const BURST = 16;
const ANSWER_MS_MAX = 2_000;

export async function measureRevocation(installation: Installation, strategy: string): Promise<Revocation> {
  const { server, admin, pusher } = installation;
  const member = agentMember(strategy);
  await pusher.converge([member]);
  const agent = await openRawLogin(server.url, userLogin(installation.login(member.principal)), false);
  let closedAtMs = 0;
  const closed = agent.closed().then(() => (closedAtMs = performance.timeOrigin + performance.now()));
  const publishing = publishUntilClosed(agent.isClosed.bind(agent), async () => {
    const answers = Array.from({ length: BURST }, () => agent.request(proposalOf(strategy), 'x', { timeout: ANSWER_MS_MAX }));
    await Promise.all(answers);
  });
  const stored = () => admin.last('DECISIONS', proposalOf(strategy));
  await eventually('the agent publishes', async () => ((await stored())?.sequence ?? 0) > 0);
  const decidedAtMs = performance.timeOrigin + performance.now();
  await pusher.converge([]);
  await closed;
  await publishing;
  const last = await stored();
  return { lastStoredMs: (last?.storedAtMs ?? 0) - decidedAtMs, closedMs: closedAtMs - decidedAtMs };
}

async function publishUntilClosed(isClosed: () => boolean, publish: () => Promise<void>): Promise<void> {
  while (!isClosed()) await publish().catch(() => undefined);
}
