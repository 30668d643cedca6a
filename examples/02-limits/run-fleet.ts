/** Applies the objects of one run under their own names, and deletes them afterwards. For the demo. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kubectlGet, runKubectl } from '@flotilla/cli/cluster/kubectl.ts';
import type { CliContext } from '@flotilla/cli/session/context.ts';
import { type Story, waitReady } from '../story.ts';

/** Placeholder in the manifests for the id of a run. */
const RUN_PLACEHOLDER = /\brun1\b/g;
/** In the order of deletion: a halt is released before its portfolio is deleted. */
const KINDS = ['killswitches', 'strategies', 'portfolios', 'riskpolicies', 'signalsources'];
const READY_MS_MAX = 90_000;
const POLL_MS = 100;

export interface RunFleet {
  /** Applies a manifest of this folder and waits until `objects` are Ready. */
  apply(file: string, objects: readonly string[]): Promise<void>;
  deleteKillSwitches(): Promise<void>;
  /** Waits until exec reports the newest configuration and trades. */
  waitTrading(): Promise<void>;
}

export function runFleet(context: CliContext, story: Story, run: string): RunFleet {
  const portfolio = `limits-${run}`;
  const show = (command: string): void => story.say(story.style.dim(`$ ${command}`));
  return {
    async apply(file, objects) {
      show(`sed s/run1/${run}/ examples/02-limits/${file} | kubectl apply -f -`);
      const manifest = readFileSync(join(import.meta.dirname, file), 'utf8').replace(RUN_PLACEHOLDER, run);
      story.say((await runKubectl(context, ['apply', '-f', '-'], manifest)).trimEnd());
      await waitReady(
        context,
        objects.map((object) => `${object}-${run}`),
        READY_MS_MAX,
      );
    },
    async deleteKillSwitches() {
      show('kubectl delete killswitches -l example=limits');
      story.say((await runKubectl(context, ['delete', 'killswitches', '-l', 'example=limits', '--timeout=90s'])).trimEnd());
    },
    async waitTrading() {
      const deadlineMs = performance.now() + READY_MS_MAX;
      for (;;) {
        const found = await kubectlGet<{ readonly status?: PortfolioFacts }>(context, [
          `portfolio/${portfolio}`,
          '--namespace',
          context.namespace,
        ]);
        const { tradingState, configHash, confirmedConfigHash } = found?.status ?? {};
        if (tradingState === 'ACTIVE' && configHash !== undefined && configHash === confirmedConfigHash) return;
        if (performance.now() > deadlineMs) throw new Error(`portfolio ${portfolio} does not trade: ${JSON.stringify(found?.status)}`);
        await sleep(POLL_MS);
      }
    },
  };
}

interface PortfolioFacts {
  readonly tradingState?: string;
  readonly configHash?: string;
  readonly confirmedConfigHash?: string;
}

/** Deletes the objects of every run, so also those that an interrupted run has left. Resolves to one line for each deleted object. */
export async function deleteRuns(context: CliContext): Promise<string> {
  const deleted: string[] = [];
  for (const kind of KINDS) {
    const where = ['--namespace', context.namespace, '-l', 'example=limits'];
    const output = await runKubectl(context, ['delete', kind, ...where, '--ignore-not-found', '--timeout=90s']);
    deleted.push(...output.split('\n').filter((line) => line.includes(' deleted')));
  }
  return deleted.join('\n');
}
