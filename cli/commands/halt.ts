/** `flotilla halt`: creates a KillSwitch, and claims the halt when the operator and exec have confirmed it. */
import {
  killSwitchResource,
  killSwitchSpecSchema,
  type KillSwitch,
  type KillSwitchSpec,
} from '@flotilla/contracts/resources/kill-switch.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { kubectlJson } from '../cluster/kubectl.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { findUnmatched, type Unmatched } from '../fleet/find-unmatched.ts';
import { CliError } from '../session/cli-error.ts';
import { printJson, type Session } from '../session/session.ts';
import { haltSteps, type HaltStep } from '../view/halt-steps.ts';
import { judgeHalt, type HaltVerdict } from '../view/halt-verdict.ts';

const LOOK_INTERVAL_MS = 100;
/** Several operators report on their namespaces one after the other: an empty scope counts after this time. */
const EMPTY_SCOPE_MS = 2_000;

export interface HaltOptions {
  readonly portfolio?: readonly string[];
  /** Namespaces. */
  readonly in?: readonly string[];
  readonly all?: boolean;
  readonly reason: string;
  readonly mode: KillSwitchSpec['mode'];
  readonly name?: string;
  /** Seconds. */
  readonly timeout: number;
}

interface Seen {
  readonly killSwitch: KillSwitch;
  readonly verdict: HaltVerdict;
}

/**
 * Creates the KillSwitch and waits until the halt is confirmed. The KillSwitch stays, whatever becomes of the command.
 *
 * @throws CliError `FAILED` when no portfolio is in scope or the KillSwitch cannot be created, `INCOMPLETE` when the halt is not confirmed in time.
 */
export async function haltTrading(session: Session, options: HaltOptions): Promise<void> {
  const { context, terminal } = session;
  const spec = specOf(options, context.namespace);
  const unmatched = await findUnmatched(context, spec.scope.portfolios ?? []);
  if (unmatched !== undefined && unmatched.names.length === spec.scope.portfolios?.length) throw nothingToHalt(unmatched);
  const created = await applyKillSwitch(session, options.name, spec);
  const { name } = created.metadata;
  if (session.output === 'table') terminal.print(`KillSwitch ${name} created. Waiting for the operator and exec to confirm the halt.`);

  const { killSwitch, verdict } = await waitForVerdict(session, options.timeout, created);
  const missing = [...(unmatched?.names.map((each) => `portfolio ${each} does not exist`) ?? []), ...missingOf(verdict)];
  if (session.output === 'json') {
    printJson(session, { name, complete: missing.length === 0, missing, steps: haltSteps(killSwitch), status: killSwitch.status });
  }
  if (missing.length > 0) throw notConfirmed(name, verdict, missing);
  if (session.output === 'table') terminal.print(`${summaryOf(killSwitch)}\nEnd the halt with: flotilla release ${name}`);
}

/** The API server completes a generated name, so that two halts of one second do not meet. */
function applyKillSwitch({ context }: Session, name: string | undefined, spec: KillSwitchSpec): Promise<KillSwitch> {
  const manifest = {
    apiVersion: 'flotilla.dev/v1alpha1',
    kind: killSwitchResource.kind,
    metadata: name === undefined ? { generateName: namePrefixFor(systemClock.nowMs()) } : { name },
    spec,
  };
  return kubectlJson<KillSwitch>(context, ['create', '--filename', '-'], JSON.stringify(manifest));
}

/** Looks until the halt is confirmed, the time is over or the user interrupts; an API server that is away meanwhile is asked again. */
async function waitForVerdict(session: Session, timeoutS: number, created: KillSwitch): Promise<Seen> {
  const { context, terminal, interrupted } = session;
  const startedMs = systemClock.monotonicMs();
  const shown = new Set<string>();
  let seen: Seen = { killSwitch: created, verdict: judgeHalt(created) };
  for (;;) {
    for (const line of haltSteps(seen.killSwitch).map(describeStep)) {
      if (session.output === 'table' && !shown.has(line)) terminal.print(line);
      shown.add(line);
    }
    const elapsedMs = systemClock.monotonicMs() - startedMs;
    const isFinal = seen.verdict.kind === 'CONFIRMED' || (seen.verdict.kind === 'NOTHING_IN_SCOPE' && elapsedMs > EMPTY_SCOPE_MS);
    if (isFinal || interrupted.aborted || elapsedMs > timeoutS * 1_000) return seen;
    terminal.progress(`${seen.killSwitch.status?.state ?? 'waiting for the operator'}…`);
    await systemClock.sleep(LOOK_INTERVAL_MS, interrupted).catch(() => undefined);
    seen = await look(context, seen);
  }
}

async function look(context: Session['context'], { killSwitch }: Seen): Promise<Seen> {
  try {
    const found = await kubectlJson<KillSwitch>(context, ['get', `killswitches.flotilla.dev/${killSwitch.metadata.name}`]);
    return { killSwitch: found, verdict: judgeHalt(found) };
  } catch (error) {
    const problem = `the KillSwitch cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { killSwitch, verdict: { kind: 'UNCONFIRMED', missing: [problem] } };
  }
}

function missingOf(verdict: HaltVerdict): readonly string[] {
  switch (verdict.kind) {
    case 'CONFIRMED':
      return [];
    case 'NOTHING_IN_SCOPE':
      return ['no portfolio is in its scope'];
    default:
      return verdict.missing;
  }
}

function nothingToHalt({ names, existing }: Unmatched): CliError {
  return new CliError(
    `expected existing portfolios, found none named ${names.join(', ')}: no KillSwitch was created, and nothing is halted`,
    {
      hint: existing,
    },
  );
}

function notConfirmed(name: string, verdict: HaltVerdict, missing: readonly string[]): CliError {
  const isEmpty = verdict.kind === 'NOTHING_IN_SCOPE';
  return new CliError(`the halt is not confirmed: ${missing.join('; ')}`, {
    hint: isEmpty
      ? `KillSwitch ${name} stays, and halts a portfolio that comes into its scope later. Remove it with: flotilla release ${name}`
      : `KillSwitch ${name} stays in force, and the operator goes on. See: kubectl describe killswitch ${name}`,
    exitCode: isEmpty ? EXIT_CODES.FAILED : EXIT_CODES.INCOMPLETE,
  });
}

/** @throws CliError `USAGE`. */
export function specOf(
  { portfolio = [], in: namespaces = [], all = false, reason, mode }: Omit<HaltOptions, 'timeout'>,
  namespace: string,
): KillSwitchSpec {
  if ([all, portfolio.length > 0, namespaces.length > 0].filter(Boolean).length !== 1) {
    throw new CliError('expected one of --all, --in and --portfolio', {
      hint: 'For example: flotilla halt --portfolio main --reason "limits under review"',
      exitCode: EXIT_CODES.USAGE,
    });
  }
  const portfolios = portfolio.map((text) => {
    const [first = '', second] = text.split('/');
    return second === undefined ? { namespace, name: first } : { namespace: first, name: second };
  });
  const scope = all ? { type: 'All' } : namespaces.length > 0 ? { type: 'Namespaces', namespaces } : { type: 'Portfolios', portfolios };
  const result = killSwitchSpecSchema.safeParse({ scope, mode, reason });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new CliError(`${issue?.path.join('.') ?? 'the halt'}: ${issue?.message ?? 'not valid'}`, { exitCode: EXIT_CODES.USAGE });
}

/** `halt-20261121-120000-`, in UTC. */
function namePrefixFor(nowMs: number): string {
  const [date = '', time = ''] = formatTime(nowMs).split('T');
  return `halt-${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-`;
}

function describeStep({ portfolio, step, at, afterMs }: HaltStep): string {
  return `  ${at}  +${String(afterMs).padStart(6)} ms  ${portfolio}  ${step}`;
}

function summaryOf({ status }: KillSwitch): string {
  const count = status?.portfolioCount ?? status?.portfolios?.length ?? 0;
  const slowest = status?.gateClosedDurationMsMax;
  return `Halted ${count === 1 ? 'one portfolio' : `${count} portfolios`}${slowest === undefined ? '' : `; slowest gate closed after ${slowest} ms`}.`;
}
