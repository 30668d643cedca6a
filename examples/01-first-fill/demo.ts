/** `make demo`: a fleet trades recorded prices and signed webhooks, is halted in mid-flight, and its audit log is verified. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { openBus } from '@flotilla/cli/cluster/connect.ts';
import { kubectlGet, runKubectl } from '@flotilla/cli/cluster/kubectl.ts';
import type { CliContext } from '@flotilla/cli/session/context.ts';
import { findAuditFolder } from '@flotilla/cli/fleet/find-audit-folder.ts';
import { ensureWebhookSecret, localContext, runToEnd, startCluster, tellStory, waitReady } from '../story.ts';
import { sendAlerts } from './send-alerts.ts';
import { showHalt } from './show-halt.ts';
import { STOLEN_STRATEGY, tryToLaunder } from './try-to-launder.ts';
import { watchFleet } from './watch-fleet.ts';

const OBJECTS = ['portfolio/main', 'strategy/btc-momentum', 'strategy/desk-alerts', 'signalsource/desk', 'signalsource/btc-replay'];
const DATASET = 'btcusd-1s-2016-10-07';
/** Recorded seconds per second: the day takes twenty seconds. */
const SPEED = 4_320;
const TRADING_MS = 15_000;
const READY_MS_MAX = 60_000;
/** The replay starts this long before the desk, so that exec has a market price. */
const MARKET_FIRST_MS = 1_500;
const AFTER_HALT_MS = 2_000;

const story = tellStory();
const startedMs = performance.now();

story.headline('A cluster on this machine: etcd, API server, NATS, Redis, the operator; pods are processes');
await startCluster();
const context = localContext();

story.headline('A fleet: one Portfolio, its RiskPolicy, two Strategies, two SignalSources');
await releaseLastHalt(context);
await ensureWebhookSecret(context, 'desk-webhook', randomBytes(32).toString('hex'));
await kubectl('apply -f examples/01-first-fill/fleet.yaml');
const appliedMs = performance.now();
await waitReady(context, OBJECTS, READY_MS_MAX);
story.say(`\nevery part is Ready after ${seconds(performance.now() - appliedMs)}`);
await kubectl('get strategies -n trading');

story.headline(`Signals: the recorded BTC/USD seconds of 2016-10-07, ${SPEED} times as fast, and signed webhooks of the desk`);
const bus = await openBus(context);
const replay = flotilla('replay', DATASET, '--source', 'btc-replay', '--speed', String(SPEED));
await sleep(MARKET_FIRST_MS);
const stopSending = new AbortController();
const sending = sendAlerts(context, stopSending.signal);
await watchFleet({ context, bus, story, durationMs: TRADING_MS });

story.headline('A kill switch, in mid-flight');
const halt = await showHalt({ context, bus, story, apply: () => kubectl('apply -f examples/01-first-fill/kill-switch.yaml') });
await sleep(AFTER_HALT_MS);
stopSending.abort();
const sent = await sending;
await replay;
story.say(
  `\n${sent.accepted} webhooks were accepted, ${sent.acceptedAfter(halt.gateClosedMs)} of them after the halt: signals still arrive, and every order that they cause is denied.`,
);
await watchFleet({ context, bus, story, durationMs: 0 });

story.headline('An agent that was taken over tries to end the halt, and to trade for another agent');
await tryToLaunder({ context, bus, story });
story.say('');
const denials = `cli/main.ts permissions ${STOLEN_STRATEGY} | grep -E 'VERDICT|halt record|of exec|publishes executions|another strategy|purges streams'`;
await story.run(`npx flotilla permissions ${STOLEN_STRATEGY} | grep …`, 'bash', ['-c', `"${process.execPath}" ${denials}`]);
await bus.close();

story.headline('The proof: every message in a Merkle log, verified offline');
const folder = await findAuditFolder(context);
if (folder === undefined) throw new Error('expected the audit log in a folder of this machine, found none');
await story.run(`npx flotilla audit verify ${folder}`, process.execPath, ['cli/main.ts', 'audit', 'verify', folder]);

story.headline(`Done in ${seconds(performance.now() - startedMs)}. The cluster stays up`);
story.say(
  [
    'Try next:',
    '  npx flotilla status                      what trades, and why not',
    '  npx flotilla fills --limit 10            what was traded',
    '  npx flotilla release stop-main           end the halt',
    '  make limits                              see every check deny an order',
    '  make down                                stop the cluster; make clean forgets it',
    '',
    `  export KUBECONFIG=${context.kubeconfig ?? ''}`,
    '  kubectl explain strategy.spec            read what a Strategy may say',
  ].join('\n'),
);

async function kubectl(command: string): Promise<void> {
  const args = command.split(' ');
  story.say(story.style.dim(`$ kubectl ${command}`));
  story.say((await runKubectl(context, args)).trimEnd());
}

async function flotilla(...args: readonly string[]): Promise<void> {
  story.say(story.style.dim(`$ npx flotilla ${args.join(' ')}`));
  const { status, output } = await runToEnd(process.execPath, ['cli/main.ts', ...args]);
  if (status !== 0) throw new Error(`flotilla ${args[0]} ended with ${status}:\n${output}`);
}

/** Releases the kill switch that the last demo left engaged. */
async function releaseLastHalt(where: CliContext): Promise<void> {
  if ((await kubectlGet(where, ['killswitch', 'stop-main'])) === undefined) return;
  story.say('the kill switch of the last demo is still engaged and is released now; the ledger keeps its positions');
  await kubectl('delete -f examples/01-first-fill/kill-switch.yaml --timeout=60s');
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
