/** `flotilla release`: ends a halt, and claims its end when the KillSwitch is gone. */
import { createInterface } from 'node:readline/promises';
import type { KillSwitch } from '@flotilla/contracts/resources/kill-switch.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { kubectlGet, runKubectl } from '../cluster/kubectl.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { CliError } from '../session/cli-error.ts';
import { printJson, type Session } from '../session/session.ts';
import { judgeHalt } from '../view/halt-verdict.ts';

const LOOK_INTERVAL_MS = 100;

/**
 * Deletes a KillSwitch after its name was typed once more, and waits until it is gone: a halt completes before it ends.
 *
 * @throws CliError `FAILED` when there is none of that name, `INCOMPLETE` when it is not gone in time.
 */
export async function releaseHalt(
  session: Session,
  name: string,
  options: { readonly yes?: boolean; readonly timeout: number },
): Promise<void> {
  const { context, terminal, interrupted } = session;
  const get = () => kubectlGet<KillSwitch>(context, ['killswitches.flotilla.dev', name]);
  const found = await get();
  if (found === undefined) {
    throw new CliError(`expected a KillSwitch ${name}, found none`, { hint: 'List them with: kubectl get killswitches' });
  }
  if (options.yes !== true) await confirm(session, found);
  await runKubectl(context, ['delete', `killswitches.flotilla.dev/${name}`, '--wait=false']);

  const deadlineMs = systemClock.monotonicMs() + options.timeout * 1_000;
  for (let current = await get(); current !== undefined; current = await get()) {
    if (systemClock.monotonicMs() > deadlineMs || interrupted.aborted) throw notGone(current, options.timeout);
    terminal.progress(`${current.status?.state ?? 'waiting for the operator'}…`);
    await systemClock.sleep(LOOK_INTERVAL_MS, interrupted).catch(() => undefined);
  }
  if (session.output === 'json') printJson(session, { name, released: true });
  else terminal.print(`KillSwitch ${name} is gone. Portfolios that no other KillSwitch covers may trade again.`);
}

function notGone(killSwitch: KillSwitch, timeoutS: number): CliError {
  const { name } = killSwitch.metadata;
  const verdict = judgeHalt(killSwitch);
  const missing = verdict.kind === 'UNCONFIRMED' ? `: ${verdict.missing.join('; ')}` : '';
  return new CliError(
    `KillSwitch ${name} is deleted but still there after ${timeoutS} s, because a halt completes before it ends${missing}`,
    {
      hint: `Its portfolios stay halted until then. See: kubectl describe killswitch ${name}`,
      exitCode: EXIT_CODES.INCOMPLETE,
    },
  );
}

async function confirm({ terminal }: Session, { metadata, spec, status }: KillSwitch): Promise<void> {
  const name = metadata.name;
  if (!terminal.isInteractive || !process.stdin.isTTY) {
    throw new CliError('releasing a halt needs a person to confirm it', {
      hint: `Or give --yes: flotilla release ${name} --yes`,
      exitCode: EXIT_CODES.USAGE,
    });
  }
  terminal.note(
    `KillSwitch ${name} (scope ${status?.scope ?? spec.scope.type}, state ${status?.state ?? 'not reported'}) was created because: ${spec.reason}`,
  );
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question('Its portfolios may trade again when it is gone. Type its name to release it: ');
  prompt.close();
  if (answer.trim() !== name) throw new CliError(`not released: expected the name ${name}, found another text`);
}
