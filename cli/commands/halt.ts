/** `flotilla halt`. */
import {
  killSwitchResource,
  killSwitchSpecSchema,
  type KillSwitch,
  type KillSwitchSpec,
} from '@flotilla/contracts/resources/kill-switch.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { CliError } from '../cli-error.ts';
import { kubectlJson } from '../cluster/kubectl.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { haltSteps, isHaltComplete, type HaltStep } from '../halt-steps.ts';
import { printJson, type Session } from '../session.ts';

const LOOK_INTERVAL_MS = 100;

export interface HaltOptions {
  readonly portfolio?: readonly string[];
  readonly all?: boolean;
  readonly reason: string;
  readonly mode: KillSwitchSpec['mode'];
  readonly name?: string;
  /** Seconds. */
  readonly timeout: number;
}

/**
 * Creates the KillSwitch and waits for its last step.
 *
 * @throws CliError when it cannot be created, or is not complete in time (it stays in force).
 */
export async function haltTrading(session: Session, options: HaltOptions): Promise<void> {
  const { context, terminal } = session;
  const name = options.name ?? nameFor(systemClock.nowMs());
  const manifest = {
    apiVersion: 'flotilla.dev/v1alpha1',
    kind: killSwitchResource.kind,
    metadata: { name },
    spec: specOf(options, context.namespace),
  };
  const created = await kubectlJson<KillSwitch>(context, ['create', '--filename', '-'], JSON.stringify(manifest));
  if (session.output === 'table') terminal.print(`KillSwitch ${name} created; nothing in its scope trades while it exists.`);

  const complete = await waitForSteps(session, name, options.timeout, created);
  if (session.output === 'json')
    printJson(session, { name, complete: isHaltComplete(complete), steps: haltSteps(complete), status: complete.status });
  if (!isHaltComplete(complete) && !session.interrupted.aborted) {
    throw new CliError(
      `the halt is in force but not every step is done after ${options.timeout} s (state ${complete.status?.state ?? 'not seen'})`,
      {
        hint: `See what it waits for: kubectl describe killswitch ${name}`,
      },
    );
  }
  if (session.output === 'table') terminal.print(`${summaryOf(complete)}\nEnd it with: flotilla release ${name}`);
}

async function waitForSteps(session: Session, name: string, timeoutS: number, created: KillSwitch): Promise<KillSwitch> {
  const { context, terminal, interrupted } = session;
  const deadlineMs = systemClock.monotonicMs() + timeoutS * 1_000;
  const shown = new Set<string>();
  let current = created;
  for (;;) {
    for (const step of haltSteps(current)) {
      const line = describeStep(step);
      if (session.output === 'table' && !shown.has(line)) terminal.print(line);
      shown.add(line);
    }
    if (isHaltComplete(current) || interrupted.aborted || systemClock.monotonicMs() > deadlineMs) return current;
    terminal.progress(`${current.status?.state ?? 'waiting for the operator'}…`);
    await systemClock.sleep(LOOK_INTERVAL_MS, interrupted).catch(() => undefined);
    current = await kubectlJson<KillSwitch>(context, ['get', `killswitches.flotilla.dev/${name}`]);
  }
}

/** @throws CliError `USAGE`. */
export function specOf({ portfolio = [], all = false, reason, mode }: Omit<HaltOptions, 'timeout'>, namespace: string): KillSwitchSpec {
  if (all === portfolio.length > 0) {
    throw new CliError('expected either --all or --portfolio', {
      hint: 'For example: flotilla halt --portfolio main --reason "limits under review"',
      exitCode: EXIT_CODES.USAGE,
    });
  }
  const portfolios = portfolio.map((text) => {
    const [first = '', second] = text.split('/');
    return second === undefined ? { namespace, name: first } : { namespace: first, name: second };
  });
  const result = killSwitchSpecSchema.safeParse({ scope: all ? { type: 'All' } : { type: 'Portfolios', portfolios }, mode, reason });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new CliError(`${issue?.path.join('.') ?? 'the halt'}: ${issue?.message ?? 'not valid'}`, { exitCode: EXIT_CODES.USAGE });
}

/** `halt-20261121-120000`, in UTC. */
function nameFor(nowMs: number): string {
  const [date = '', time = ''] = new Date(nowMs).toISOString().split('T');
  return `halt-${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`;
}

function describeStep({ portfolio, step, at, afterMs }: HaltStep): string {
  return `  ${at}  +${String(afterMs).padStart(6)} ms  ${portfolio}  ${step}`;
}

function summaryOf({ status }: KillSwitch): string {
  const count = status?.portfolioCount ?? 0;
  if (count === 0) return 'No portfolio is in its scope.';
  const slowest = status?.gateClosedDurationMsMax;
  return `Halted ${count === 1 ? 'one portfolio' : `${count} portfolios`}${slowest === undefined ? '' : `; slowest gate closed after ${slowest} ms`}.`;
}
