/** `flotilla release`. */
import { createInterface } from 'node:readline/promises';
import type { KillSwitch } from '@flotilla/contracts/resources/kill-switch.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { CliError } from '../cli-error.ts';
import { kubectlGet, runKubectl } from '../cluster/kubectl.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { printJson, type Session } from '../session.ts';

const LOOK_INTERVAL_MS = 100;

/**
 * Deletes a KillSwitch after its name was typed once more, and waits until the operator let it go: a halt completes before it ends.
 *
 * @throws CliError when there is none of that name, or it is not gone in time.
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
    if (systemClock.monotonicMs() > deadlineMs || interrupted.aborted) {
      throw new CliError(`KillSwitch ${name} is still there after ${options.timeout} s: a halt completes before it ends`, {
        hint: `See what it waits for: kubectl describe killswitch ${name}`,
      });
    }
    terminal.progress(`${current.status?.state ?? 'Releasing'}…`);
    await systemClock.sleep(LOOK_INTERVAL_MS, interrupted).catch(() => undefined);
  }
  if (session.output === 'json') printJson(session, { name, released: true });
  else terminal.print(`KillSwitch ${name} is gone. What no other halt covers trades again.`);
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
    `KillSwitch ${name} (${status?.scope ?? spec.scope.type}, ${status?.state ?? 'Engaging'}) was engaged because: ${spec.reason}`,
  );
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(`Trading may go on once it is gone. Type its name to release it: `);
  prompt.close();
  if (answer.trim() !== name) throw new CliError('not released: that is not its name');
}
