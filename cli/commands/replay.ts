/** `flotilla replay`. */
import { replayRequestSchema, replayStatusSchema, subjects, type Bus, type ReplayRequest, type ReplayStatus } from '@flotilla/contracts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { CliError } from '../cli-error.ts';
import { withBus } from '../cluster/connect.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { formatCount } from '../format-number.ts';
import { describeReplay, nextReplayStep } from '../replay-progress.ts';
import { printJson, type Session } from '../session.ts';

const LOOK_INTERVAL_MS = 200;
const ANSWER_TIMEOUT_MS = 1_000;
/** A gateway that restarts is back within seconds. */
const SILENCE_MS_MAX = 60_000;
const RUN_ID_BYTES = 6;

export interface ReplayOptions {
  readonly source: string;
  /** 0: as fast as the bus takes it. */
  readonly speed: number;
  readonly rows?: number;
  readonly fromRow: number;
  readonly run?: string;
}

/** @throws CliError when it fails, or nobody answers. */
export async function replayDataset(session: Session, dataset: string, options: ReplayOptions): Promise<void> {
  const { source, speed, rows, fromRow } = options;
  const runId = options.run ?? `cli-${Buffer.from(systemRng.bytes(RUN_ID_BYTES)).toString('hex')}`;
  const base = { schemaVersion: 1 as const, dataset, runId, speed, fromRow, ...(rows === undefined ? {} : { rows }) };
  checkRequest({ ...base, action: 'start' });
  const startedMs = systemClock.monotonicMs();
  const last = await withBus(session.context, async (bus) => {
    const ask = (action: ReplayRequest['action']) => askGateway(bus, source, { ...base, action });
    try {
      return await follow(ask, session, startedMs);
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
  else
    session.terminal.print(`Replayed ${formatCount(last.row)} rows of ${dataset} in ${(elapsedMs / 1_000).toFixed(1)} s (run ${runId}).`);
}

type Ask = (action: ReplayRequest['action']) => Promise<ReplayStatus | undefined>;

/** Undefined when interrupted. */
async function follow(ask: Ask, { terminal, interrupted }: Session, startedMs: number): Promise<ReplayStatus | undefined> {
  let heardMs = systemClock.monotonicMs();
  let action: ReplayRequest['action'] = 'start';
  while (!interrupted.aborted) {
    const answer = await ask(action);
    const nowMs = systemClock.monotonicMs();
    if (answer !== undefined) heardMs = nowMs;
    else if (nowMs - heardMs > SILENCE_MS_MAX) throw silence();
    const step = nextReplayStep(answer);
    if (step.kind === 'done') return answer;
    if (step.kind === 'failed')
      throw new CliError(step.reason, { hint: 'See the sources and their datasets with: kubectl describe signalsources' });
    terminal.progress(answer === undefined ? 'waiting for the gateway…' : describeReplay(answer, nowMs - startedMs));
    // Nobody may have heard the first request.
    action = step.kind === 'start' || (answer === undefined && action === 'start') ? 'start' : 'status';
    if (step.kind === 'wait') await systemClock.sleep(LOOK_INTERVAL_MS, interrupted).catch(() => undefined);
  }
  return undefined;
}

async function askGateway(bus: Bus, source: string, request: ReplayRequest): Promise<ReplayStatus | undefined> {
  try {
    const answer = await bus.request(subjects.replay(source), Buffer.from(JSON.stringify(request)), ANSWER_TIMEOUT_MS);
    return answer === undefined ? undefined : replayStatusSchema.parse(JSON.parse(Buffer.from(answer).toString()));
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

function silence(): CliError {
  return new CliError(`no gateway answered for ${SILENCE_MS_MAX / 1_000} s`, {
    hint: 'Is the SignalSource of scheme Replay, and Ready? See: flotilla status',
  });
}
