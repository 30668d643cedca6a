/** `flotilla replay`: publishes recorded market data through the gateway. */
import { replayRequestSchema, replayStatusSchema, subjects, type Bus, type ReplayRequest, type ReplayStatus } from '@flotilla/contracts';
import { readRecordBytes } from '@flotilla/contracts/records/read-record.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { CliError } from '../session/cli-error.ts';
import { withBus } from '../cluster/connect.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { requireKnownSource } from '../fleet/require-known-source.ts';
import { requireReplaySource } from '../fleet/require-replay-source.ts';
import { describeRefused, describeReplay, describeResult, nextReplayStep } from '../view/replay-progress.ts';
import { printJson, type Session } from '../session/session.ts';

const LOOK_INTERVAL_MS = 200;
const ANSWER_TIMEOUT_MS = 1_000;
/** A gateway that restarts is back within seconds. */
const SILENCE_MS_MAX = 60_000;
/** After so long without an answer the command says what it waits for. */
const SILENCE_NOTE_MS = 3_000;
const RUN_ID_BYTES = 6;

export interface ReplayOptions {
  readonly source: string;
  /** 0: as fast as the bus takes it. */
  readonly speed: number;
  readonly rows?: number;
  readonly fromRow: number;
  readonly run?: string;
}

/**
 * @throws CliError when the source is unknown or cannot replay, the replay fails, or no gateway answers; INCOMPLETE when rows of the dataset are refused
 *   and all others are replayed.
 */
export async function replayDataset(session: Session, dataset: string, options: ReplayOptions): Promise<void> {
  const { source, speed, rows, fromRow } = options;
  const runId = options.run ?? `cli-${Buffer.from(systemRng.bytes(RUN_ID_BYTES)).toString('hex')}`;
  const base = { schemaVersion: 1 as const, dataset, runId, speed, fromRow, ...(rows === undefined ? {} : { rows }) };
  checkRequest({ ...base, action: 'start' });
  const inCluster = await requireReplaySource(session, source);
  const startedMs = systemClock.monotonicMs();
  const last = await withBus(session.context, async (bus) => {
    const ask = async (action: ReplayRequest['action']): Promise<ReplayStatus | undefined> => {
      const answer = await askGateway(bus, source, { ...base, action });
      if (answer === undefined && inCluster === undefined) await requireKnownSource(bus, source);
      return answer;
    };
    try {
      return await follow(ask, session, startedMs, source);
    } finally {
      if (session.interrupted.aborted) await ask('stop');
    }
  });
  if (last === undefined) {
    session.terminal.note(`Stopped. Go on with: flotilla replay ${dataset} --source ${source} --run ${runId}`);
    return;
  }
  const elapsedMs = systemClock.monotonicMs() - startedMs;
  if (session.output === 'json') printJson(session, { ...last, elapsedMs: Math.round(elapsedMs) });
  else session.terminal.print(`${describeResult(last, fromRow, dataset)} in ${(elapsedMs / 1_000).toFixed(1)} s (run ${runId}).`);
  const refusal = describeRefused(last);
  if (refusal === undefined) return;
  throw new CliError(refusal, {
    exitCode: EXIT_CODES.INCOMPLETE,
    hint: `See the rows of all datasets of the source with: kubectl describe signalsource ${source}`,
  });
}

type Ask = (action: ReplayRequest['action']) => Promise<ReplayStatus | undefined>;

/** Undefined when interrupted. */
async function follow(ask: Ask, { terminal, interrupted }: Session, startedMs: number, source: string): Promise<ReplayStatus | undefined> {
  let isSilenceTold = false;
  let heardMs = systemClock.monotonicMs();
  let action: ReplayRequest['action'] = 'start';
  while (!interrupted.aborted) {
    const answer = await ask(action);
    const nowMs = systemClock.monotonicMs();
    if (answer !== undefined) heardMs = nowMs;
    else if (nowMs - heardMs > SILENCE_MS_MAX) throw silence(source);
    if (answer !== undefined) isSilenceTold = false;
    else if (!isSilenceTold && nowMs - heardMs > SILENCE_NOTE_MS) {
      isSilenceTold = true;
      terminal.note(`No gateway answers for SignalSource ${source} yet. Waiting up to ${SILENCE_MS_MAX / 1_000} s.`);
    }
    const step = nextReplayStep(answer);
    if (step.kind === 'done') return answer;
    if (step.kind === 'failed')
      throw new CliError(step.reason, { hint: 'See the sources and their datasets with: kubectl describe signalsources' });
    terminal.progress(answer === undefined ? 'waiting for the gateway…' : describeReplay(answer, nowMs - startedMs));
    // No gateway may have read the first request.
    action = step.kind === 'start' || (answer === undefined && action === 'start') ? 'start' : 'status';
    if (step.kind === 'wait') await systemClock.sleep(LOOK_INTERVAL_MS, interrupted).catch(() => undefined);
  }
  return undefined;
}

async function askGateway(bus: Bus, source: string, request: ReplayRequest): Promise<ReplayStatus | undefined> {
  try {
    const answer = await bus.request(subjects.replay(source), Buffer.from(JSON.stringify(request)), ANSWER_TIMEOUT_MS);
    if (answer === undefined) return undefined;
    const read = readRecordBytes(replayStatusSchema, answer);
    if (read.ok) return read.value;
    throw new CliError(`the answer of the gateway cannot be read: ${read.problem}`);
  } catch (error) {
    // NATS itself may be restarting: the same as no answer.
    if (error instanceof Error && 'retry' in error && error.retry === 'later') return undefined;
    throw error;
  }
}

function checkRequest(request: ReplayRequest): void {
  const result = replayRequestSchema.safeParse(request);
  if (result.success) return;
  const [issue] = result.error.issues;
  throw new CliError(`${issue?.path.join('.') ?? 'the request'}: ${issue?.message ?? 'not valid'}`, { exitCode: EXIT_CODES.USAGE });
}

function silence(source: string): CliError {
  return new CliError(`no gateway answered for SignalSource ${source} within ${SILENCE_MS_MAX / 1_000} s`, {
    hint: `See whether the source is Ready: kubectl describe signalsource ${source}`,
  });
}
