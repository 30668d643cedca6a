/** Records the content of the operator's buckets and the changes of consumers, as an administrator of the bus. */
import { setTimeout as sleep } from 'node:timers/promises';
import { keys } from '@flotilla/contracts/bus/buckets.ts';
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import { bucketStream, bucketSubject, type NatsBus } from '@flotilla/runtime';

export interface ConfigWrite {
  readonly portfolio: string;
  /** Undefined: removed. */
  readonly config: ExecConfig | undefined;
  readonly atMs: number;
}

export interface ConsumerChange {
  readonly action: 'create' | 'delete';
  readonly stream: string;
  readonly consumer: string;
  readonly atMs: number;
}

export interface HaltWrite {
  readonly record: HaltRecord;
  readonly atMs: number;
}

/** exec has confirmed that no order is open under this halt. */
export interface HaltCompleted {
  readonly haltId: string;
  /** By exec's own clock. */
  readonly atMs: number;
}

export interface BusRecorder {
  config(portfolio: string): ExecConfig | undefined;
  halt(portfolio: string): HaltRecord | undefined;
  readonly configWrites: readonly ConfigWrite[];
  readonly consumerChanges: readonly ConsumerChange[];
  readonly haltsCompleted: readonly HaltCompleted[];
  /** Every halt record that was stored, from the stream itself. */
  haltWrites(): Promise<readonly HaltWrite[]>;
  forget(): void;
  onChange(listener: () => void): void;
}

/** Delays in milliseconds before each read after a write was seen, until the write is stored. */
const LOOK_DELAYS_MS = [0, 2, 10, 50, 250, 1_000] as const;

export function startBusRecorder(bus: NatsBus): BusRecorder {
  const configs = new Map<string, ExecConfig>();
  const halts = new Map<string, HaltRecord>();
  const listeners: (() => void)[] = [];
  let configWrites: ConfigWrite[] = [];
  let consumerChanges: ConsumerChange[] = [];
  let haltsCompleted: HaltCompleted[] = [];
  const reader = makeRecordReader(bus, () => {
    for (const listener of listeners) listener();
  });

  bus.subscribe(bucketSubject('CONFIG', '>'), ({ subject, payload, headers }) => {
    const portfolio = keyOf(subject);
    const config = headers['KV-Operation'] === undefined ? (parse(payload) as ExecConfig) : undefined;
    configWrites.push({ portfolio, config, atMs: Date.now() });
    // A failed read while the bus is away is ignored: the next write is read again.
    void reader
      .look('CONFIG', subject, (stored) => {
        if (stored === undefined) configs.delete(portfolio);
        else configs.set(portfolio, parse(stored) as ExecConfig);
      })
      .catch(() => undefined);
  });
  bus.subscribe(bucketSubject('CONTROL', '>'), ({ subject }) => {
    void reader
      .look('CONTROL', subject, (stored) => {
        if (stored !== undefined) halts.set(keyOf(subject), parse(stored) as HaltRecord);
      })
      .catch(() => undefined);
  });
  bus.subscribe(bucketSubject('STATUS', keys.execStatus('*')), ({ payload }) => {
    const { halt } = parse(payload) as ExecStatus;
    if (halt?.zeroOpenOrdersVerifiedAt !== undefined)
      haltsCompleted.push({ haltId: halt.haltId, atMs: Date.parse(halt.zeroOpenOrdersVerifiedAt) });
  });
  bus.subscribe('$JS.EVENT.ADVISORY.CONSUMER.*.*.*', ({ payload }) => {
    const { action, stream, consumer } = parse(payload) as Omit<ConsumerChange, 'atMs'>;
    consumerChanges.push({ action, stream, consumer, atMs: Date.now() });
  });

  return {
    config: (portfolio) => configs.get(portfolio),
    halt: (portfolio) => halts.get(portfolio),
    get configWrites() {
      return configWrites;
    },
    get consumerChanges() {
      return consumerChanges;
    },
    get haltsCompleted() {
      return haltsCompleted;
    },
    haltWrites: () => readHaltWrites(bus),
    forget() {
      reader.forget();
      configs.clear();
      halts.clear();
      configWrites = [];
      consumerChanges = [];
      haltsCompleted = [];
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

interface RecordReader {
  /** Reads the record of a subject until the write that was just seen is stored. */
  look(bucket: 'CONFIG' | 'CONTROL', subject: string, stands: (payload: Uint8Array | undefined) => void): Promise<void>;
  /** Ends the reads for the former world. */
  forget(): void;
}

/** A subscription also receives writes that the stream refuses, so the present record is read from the stream. */
function makeRecordReader(bus: NatsBus, onRead: () => void): RecordReader {
  const seen = new Map<string, number>();
  let world = 0;
  return {
    async look(bucket, subject, stands) {
      const mine = world;
      for (const delayMs of LOOK_DELAYS_MS) {
        await sleep(delayMs);
        const message = await bus.last(bucketStream(bucket), subject);
        if (world !== mine) return;
        if (message === undefined || message.sequence <= (seen.get(subject) ?? 0)) continue;
        seen.set(subject, message.sequence);
        stands(message.headers['KV-Operation'] === undefined ? message.payload : undefined);
        onRead();
      }
    },
    forget() {
      world += 1;
      seen.clear();
    },
  };
}

async function readHaltWrites(bus: NatsBus): Promise<readonly HaltWrite[]> {
  const writes: HaltWrite[] = [];
  for await (const { payload, storedAtMs } of bus.read(bucketStream('CONTROL'), {
    subject: bucketSubject('CONTROL', '>'),
    fromSequence: 1,
  })) {
    writes.push({ record: parse(payload) as HaltRecord, atMs: storedAtMs });
  }
  return writes;
}

function parse(payload: Uint8Array): unknown {
  return JSON.parse(Buffer.from(payload).toString('utf8'));
}

function keyOf(subject: string): string {
  return subject.split('.').at(-1) ?? '';
}
