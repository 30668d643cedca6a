/**
 * Checkpoints of exec in the bucket EXEC_CHECKPOINTS: the state in compressed parts, and a head that names them.
 *
 * The head is written last, and names each part by its checksum. So a checkpoint that broke off, or of which a part was replaced, is refused when it
 * is read. Two instances that follow each other write different slots, so the older one cannot spoil what the newer one writes.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { FlotillaError, keys, type KeyValue, sha256 } from '@flotilla/contracts';
import { readRecordBytes } from '@flotilla/contracts/records/read-record.ts';
import { z } from 'zod';
import type { ExecState } from '../state/exec-state.ts';
import { type CapturedState, linesOf, stateOfLines } from './pack-state.ts';

/** Counts the formats of {@link ./pack-state.ts}. A build refuses every other format, and rebuilds without it. */
const FORMAT = 1;
/** Length of a part before compression. One message of the bus takes 1 MiB, and compression makes a part shorter. */
const PART_LENGTH_MAX = 524_288;
const PARTS_MAX = 4_096;
/** Two for each of two instances that follow each other. */
export const SLOT_COUNT = 4;

const zip = promisify(gzip);
const unzip = promisify(gunzip);

const headSchema = z.object({
  format: z.number().int(),
  /** Of the last event in EXECUTIONS that the state holds. */
  sequence: z.number().int().positive(),
  eventId: z.string().max(256),
  /** Of the instance that saved the state. Epochs count on from it when the stream has forgotten them. */
  epoch: z.number().int().positive(),
  savedAt: z.string().max(64),
  /** SHA-256 of each part as stored, in hexadecimal digits. */
  parts: z.array(z.string().length(64)).max(PARTS_MAX),
});
export type CheckpointHead = z.infer<typeof headSchema>;

export type CheckpointPlace = Omit<CheckpointHead, 'format' | 'parts'>;

export interface FoundCheckpoint {
  readonly slot: number;
  readonly head: CheckpointHead;
}

export interface CheckpointStore {
  /** @throws FlotillaError of the bus */
  write(slot: number, captured: CapturedState, of: CheckpointPlace): Promise<void>;
  /** Checkpoints that this build can read, the newest first. @throws FlotillaError of the bus */
  find(): Promise<readonly FoundCheckpoint[]>;
  /** The highest epoch of an instance that saved a checkpoint; 0: none, or the bucket is not there. @throws FlotillaError of the bus */
  lastEpoch(): Promise<number>;
  /** Undefined when a part is missing or is another one. @throws FlotillaError of the bus */
  load(found: FoundCheckpoint): Promise<ExecState | undefined>;
}

export function openCheckpointStore(bucket: Pick<KeyValue, 'get' | 'put'>, portfolio: string): CheckpointStore {
  const find = () => findAll(bucket, portfolio);
  const keyOf = (slot: number, part: number | 'head'): string => keys.execCheckpoint(portfolio, slot, part);
  return {
    async write(slot, captured, of) {
      const parts: string[] = [];
      for (const text of partsOf(linesOf(captured))) {
        const part = await zip(text);
        await bucket.put(keyOf(slot, parts.length), part);
        parts.push(sha256(part));
      }
      const head: CheckpointHead = { format: FORMAT, ...of, parts };
      await bucket.put(keyOf(slot, 'head'), Buffer.from(JSON.stringify(head)));
    },
    find,
    lastEpoch: async () => Math.max(0, ...(await find()).map(({ head }) => head.epoch)),
    async load({ slot, head }) {
      const texts: string[] = [];
      for (const [index, checksum] of head.parts.entries()) {
        const part = (await bucket.get(keyOf(slot, index)))?.value;
        if (part === undefined || sha256(part) !== checksum) return undefined;
        texts.push(String(await unzip(part)));
      }
      return stateOfLines(texts.flatMap((text) => text.split('\n')));
    },
  };
}

/** None when the bucket is not there, or may not be read: an operator of an earlier version makes neither the bucket nor the right. */
async function findAll(bucket: Pick<KeyValue, 'get'>, portfolio: string): Promise<readonly FoundCheckpoint[]> {
  const found: FoundCheckpoint[] = [];
  try {
    for (let slot = 0; slot < SLOT_COUNT; slot += 1) {
      const entry = await bucket.get(keys.execCheckpoint(portfolio, slot, 'head'));
      const head = entry === undefined ? undefined : readRecordBytes(headSchema, entry.value);
      if (head?.ok === true && head.value.format === FORMAT) found.push({ slot, head: head.value });
    }
  } catch (error) {
    if (!(error instanceof FlotillaError) || !(error.code === 'BUS_NOT_PROVISIONED' || error.code === 'BUS_REFUSED')) throw error;
  }
  return found.toSorted(({ head: one }, { head: other }) => other.epoch - one.epoch || other.sequence - one.sequence);
}

/** Lines joined to texts of at most {@link PART_LENGTH_MAX}; one line is far shorter. */
function* partsOf(lines: Iterable<string>): Generator<string> {
  let part = '';
  for (const line of lines) {
    if (part !== '' && part.length + line.length > PART_LENGTH_MAX) {
      yield part;
      part = '';
    }
    part += part === '' ? line : `\n${line}`;
  }
  if (part !== '') yield part;
}
