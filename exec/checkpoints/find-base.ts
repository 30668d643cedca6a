/** The state from which a rebuild goes on: the newest checkpoint that belongs to the stream, or nothing when the stream holds everything. */
import { type Bus, FlotillaError, parseEvent, type StoredMessage, subjects } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import { makeExecState, type ExecState } from '../state/exec-state.ts';
import type { CheckpointStore, FoundCheckpoint } from './checkpoint-store.ts';

export interface RebuildBase {
  readonly state: ExecState;
  /** Of the last event that the state holds; 0: none. */
  readonly sequence: number;
  /** Where the next checkpoint goes, so that this one stays; undefined: anywhere. */
  readonly slot: number | undefined;
}

export interface FindBaseOptions {
  readonly bus: Pick<Bus, 'at' | 'read'>;
  readonly checkpoints: CheckpointStore;
  readonly logger: Logger;
  readonly portfolio: string;
  /** Of the epoch of this instance. */
  readonly throughSequence: number;
}

/** @throws FlotillaError `HISTORY_INCOMPLETE` when the stream has lost executions that no checkpoint makes up for, and those of the bus */
export async function findBase(options: FindBaseOptions): Promise<RebuildBase> {
  const { checkpoints, logger } = options;
  for (const [age, found] of (await checkpoints.find()).entries()) {
    const { head, slot } = found;
    const problem = await problemOf(found, options);
    // The newest checkpoint has seen the end of the stream.
    if (problem !== undefined && age === 0)
      throw incomplete(`the newest checkpoint, of ${head.savedAt}, cannot be used, because ${problem}`);
    const state = problem === undefined ? await checkpoints.load(found) : undefined;
    if (state !== undefined) return { state, sequence: head.sequence, slot };
    logger.warn({ slot, sequence: head.sequence, problem: problem ?? 'a part of it is missing or damaged' }, 'a checkpoint is not used');
  }
  if (!(await hasBeginning(options))) throw incomplete('the stream begins later, and no checkpoint can be used');
  return { state: makeExecState(), sequence: 0, slot: undefined };
}

function incomplete(found: string): FlotillaError {
  return new FlotillaError(
    'HISTORY_INCOMPLETE',
    `expected all executions since epoch 1 in the stream EXECUTIONS, or a checkpoint of those that the stream has forgotten; found that ${found}. ` +
      'Restore the bucket EXEC_CHECKPOINTS or the stream from a backup. To go on with what the stream holds from epoch 1 on, delete the bucket; to begin with ' +
      'an empty account, delete both. Until then exec takes no order',
  );
}

/**
 * A stream forgets its oldest messages first. So as long as it holds the last event of the checkpoint, it holds everything after that event. A stream
 * that was made anew, or restored from an older backup, has another event there or none.
 */
async function problemOf({ head }: FoundCheckpoint, { bus, portfolio, throughSequence }: FindBaseOptions): Promise<string | undefined> {
  const last = head.sequence < throughSequence ? await bus.at('EXECUTIONS', head.sequence) : undefined;
  if (last === undefined) return `the stream does not hold its last event, with the sequence ${head.sequence}`;
  return isOf(portfolio, last) && idOf(last) === head.eventId
    ? undefined
    : `the stream has another event with the sequence ${head.sequence}`;
}

/** The first event of a portfolio is its epoch 1. When the stream has forgotten it, the stream may have forgotten more. */
async function hasBeginning(options: FindBaseOptions): Promise<boolean> {
  const { portfolio } = options;
  const epoch = await firstOn(subjects.epoch(portfolio), options);
  const execution = await firstOn(`executions.*.${portfolio}.*`, options);
  const number = epoch === undefined ? 0 : parseEvent('executions.epoch', epoch.payload).event.epoch;
  return number === 1 && (execution === undefined || execution.sequence > (epoch?.sequence ?? 0));
}

async function firstOn(subject: string, { bus, throughSequence }: FindBaseOptions): Promise<StoredMessage | undefined> {
  for await (const message of bus.read('EXECUTIONS', { subject, fromSequence: 1, throughSequence, servedBy: 'LEADER' })) return message;
  return undefined;
}

function isOf(portfolio: string, { subject }: StoredMessage): boolean {
  return subject.split('.')[2] === portfolio;
}

function idOf({ payload }: StoredMessage): unknown {
  return (JSON.parse(new TextDecoder().decode(payload)) as { readonly id?: unknown }).id;
}
