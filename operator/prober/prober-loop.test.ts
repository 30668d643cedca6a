import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import { silentLogger } from '@flotilla/kube/mod.ts';
import { makeManualClock } from '@flotilla/kube/testing/manual-clock.ts';
import type { ProbeCells, Tried } from '@flotilla/runtime/identity/try-cells.ts';
import { makePermissionBoard, type PermissionProof } from '../status/permission-board.ts';
import { startProber } from './prober-loop.ts';

const AGENT: Principal = { role: 'SignalAgent', portfolio: 'main', strategy: 'btc' };
const NO_CELLS: ProbeCells = { forbidden: [], allowed: [], hearing: { forbidden: [], allowed: [] } };
const ENFORCED: Tried = { leaks: [], unanswered: [] };
const UNANSWERED: Tried = { leaks: [], unanswered: ['decisions.order_intent.main.btc'] };
const LEAK: Tried = { leaks: ['$KV.CONTROL.halt.main'], unanswered: ['decisions.order_intent.main.btc'] };

/** Runs one round with these outcomes, one after the other; the last one repeats. */
async function roundOf(outcomes: readonly Tried[]): Promise<{ readonly proof: PermissionProof | undefined; readonly probeCount: number }> {
  let probeCount = 0;
  const roundEnded = Promise.withResolvers<void>();
  const clock = { nowMs: () => 0, monotonicMs: () => 0, sleep: () => Promise.resolve(), after: () => () => undefined };
  const board = makePermissionBoard(clock);
  const prober = startProber({
    turn: (work) => work(),
    account: {
      probe() {
        const tried = outcomes[Math.min(probeCount, outcomes.length - 1)] ?? ENFORCED;
        probeCount += 1;
        return Promise.resolve({ cells: NO_CELLS, coverage: { tried: 1, running: 1 }, tried });
      },
      close() {
        roundEnded.resolve();
        return new Promise(() => undefined);
      },
    },
    board,
    principals: () => [AGENT],
    serversOf: () => '3/3',
    tellLeak: () => Promise.resolve(),
    count: () => undefined,
    clock,
    logger: silentLogger,
  });
  await roundEnded.promise;
  void prober;
  return { proof: board.proof(AGENT), probeCount };
}

test('startProber: probes again before it says that permitted subjects are not answered', async () => {
  const { proof, probeCount } = await roundOf([UNANSWERED, UNANSWERED, ENFORCED]);
  assert.deepEqual([proof?.unanswered, probeCount], [[], 3]);
});

test('startProber: says so when no try was answered', async () => {
  const { proof, probeCount } = await roundOf([UNANSWERED]);
  assert.deepEqual([proof?.unanswered, probeCount], [UNANSWERED.unanswered, 4]);
});

test('startProber: tells a leak at once', async () => {
  const { proof, probeCount } = await roundOf([LEAK, ENFORCED]);
  assert.deepEqual([proof?.leaks, probeCount], [LEAK.leaks, 1]);
});

test('startProber: probes a new principal and a changed role at once, and the others once a minute', async () => {
  const clock = makeManualClock();
  const probed: string[] = [];
  let principals: readonly Principal[] = [AGENT];
  const prober = startProber({
    turn: (work) => work(),
    account: {
      probe(principal) {
        probed.push(JSON.stringify(principal));
        return Promise.resolve({ cells: NO_CELLS, coverage: { tried: 1, running: 1 }, tried: ENFORCED });
      },
      close: () => Promise.resolve(),
    },
    board: makePermissionBoard(clock),
    principals: () => principals,
    serversOf: () => '1/1',
    tellLeak: () => Promise.resolve(),
    count: () => undefined,
    clock,
    logger: silentLogger,
  });
  await clock.advance(5_000);
  assert.deepEqual(probed.splice(0), [JSON.stringify(AGENT)]);
  const exec: Principal = { role: 'Exec', portfolio: 'main' };
  principals = [AGENT, exec];
  await clock.advance(2_000);
  assert.deepEqual(probed.splice(0), [JSON.stringify(exec)]);
  const narrowed: Principal = { role: 'SignalAgent', portfolio: 'main', strategy: 'btc', publications: 'Nothing' };
  principals = [narrowed, exec];
  await clock.advance(2_000);
  assert.deepEqual(probed.splice(0), [JSON.stringify(narrowed)]);
  await clock.advance(60_000);
  assert.deepEqual(probed, [JSON.stringify(narrowed), JSON.stringify(exec)]);
  const stopped = prober.stop();
  await clock.advance(1);
  await stopped;
});
