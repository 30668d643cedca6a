import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, FlotillaError } from '@flotilla/contracts';
import { makeLogger } from '@flotilla/runtime/log.ts';
import { makeExecState } from '../state/exec-state.ts';
import { makeCheckpointKeeper } from './checkpoint-keeper.ts';
import type { CheckpointPlace } from './checkpoint-store.ts';
import type { Mark } from './mark.ts';
import { type CapturedState, linesOf } from './pack-state.ts';

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
const AWAY = new FlotillaError('BUS_UNAVAILABLE', 'away');

function setUp(options: { readonly epoch?: number; readonly basedOn?: number; readonly eventsRead?: number } = {}) {
  const state = makeExecState();
  const written: { readonly slot: number; readonly of: CheckpointPlace; readonly lines: readonly string[] }[] = [];
  const marks: PromiseWithResolvers<Mark | undefined>[] = [];
  const stopping = new AbortController();
  let monotonicMs = 0;
  let wake: () => void = () => undefined;
  let failure: FlotillaError | undefined;
  const keeper = makeCheckpointKeeper({
    store: {
      write(slot: number, captured: CapturedState, of: CheckpointPlace) {
        if (failure !== undefined) return Promise.reject(failure);
        written.push({ slot, of, lines: [...linesOf(captured)] });
        return Promise.resolve();
      },
      find: () => Promise.resolve([]),
      lastEpoch: () => Promise.resolve(0),
      load: () => Promise.resolve(undefined),
    },
    writer: {
      mark() {
        const mark: PromiseWithResolvers<Mark | undefined> = Promise.withResolvers();
        marks.push(mark);
        return mark.promise;
      },
    },
    state,
    clock: {
      nowMs: () => monotonicMs,
      monotonicMs: () => monotonicMs,
      sleep: () => new Promise<void>((resolve) => (wake = resolve)),
    } as unknown as Clock,
    logger: makeLogger({ service: 'exec', revision: 'test', level: 'silent' }),
    epoch: options.epoch ?? 4,
    basedOn: options.basedOn,
    eventsRead: options.eventsRead ?? 0,
  });
  return {
    keeper,
    state,
    written,
    marks,
    stopping,
    fail: (error: FlotillaError | undefined) => (failure = error),
    pass: async (ms: number): Promise<void> => {
      monotonicMs += ms;
      wake();
      await settled();
    },
    stored: async (sequence: number): Promise<void> => {
      marks.shift()?.resolve({ sequence, eventId: `e${sequence}` });
      await settled();
    },
  };
}

test('checkpoint keeper: writes the state of the moment, once the stream holds all of it', async () => {
  const { keeper, state, written, stored } = setUp();
  state.gaps.add('before');
  const saved = keeper.save();
  await settled();
  state.gaps.add('after');
  keeper.onEvent();
  assert.equal(written.length, 0, 'the stream does not hold it yet');
  await stored(9);
  await saved;
  assert.deepEqual(
    written.map(({ slot, of }) => [slot, of.sequence, of.eventId, of.epoch]),
    [[0, 9, 'e9', 4]],
  );
  assert.deepEqual(
    written[0]?.lines.filter((line) => line.startsWith('gap')),
    ['gap "before"'],
  );
});

for (const { epoch, basedOn, slots } of [
  { epoch: 4, basedOn: undefined, slots: [0, 1, 0] },
  { epoch: 4, basedOn: 0, slots: [1, 0, 1] },
  { epoch: 4, basedOn: 3, slots: [0, 1, 0] },
  { epoch: 5, basedOn: undefined, slots: [2, 3, 2] },
  { epoch: 5, basedOn: 2, slots: [3, 2, 3] },
] as const) {
  test(`checkpoint keeper: writes slots ${slots.join(', ')} in epoch ${epoch}, when the state came from slot ${basedOn ?? 'none'}`, async () => {
    const { keeper, written, stored } = setUp({ epoch, ...(basedOn === undefined ? {} : { basedOn }) });
    for (let sequence = 1; sequence <= slots.length; sequence += 1) {
      keeper.onEvent();
      const saved = keeper.save();
      await settled();
      await stored(sequence);
      await saved;
    }
    assert.deepEqual(
      written.map(({ slot }) => slot),
      slots,
    );
  });
}

test('checkpoint keeper: saves after 30 s with events, at once after 10,000, and once a day without any', async () => {
  const { keeper, marks, stopping, pass, stored } = setUp();
  void keeper.keepSaving(stopping.signal);
  await pass(29_999);
  assert.equal(marks.length, 0);
  await pass(1);
  assert.equal(marks.length, 1, 'the start counts as an event');
  await stored(1);
  await pass(60_000);
  assert.equal(marks.length, 0, 'nothing is new');
  for (let count = 0; count < 9_999; count += 1) keeper.onEvent();
  await pass(0);
  assert.equal(marks.length, 1, 'the interval is over');
  await stored(2);
  for (let count = 0; count < 9_999; count += 1) keeper.onEvent();
  await pass(1_000);
  assert.equal(marks.length, 0);
  keeper.onEvent();
  await pass(0);
  assert.equal(marks.length, 1);
  await stored(3);
  await pass(86_399_999);
  assert.equal(marks.length, 0);
  await pass(1);
  assert.equal(marks.length, 1);
});

test('checkpoint keeper: tries again after an outage, and counts the age from the last checkpoint', async () => {
  const { keeper, written, stopping, pass, stored, fail } = setUp();
  void keeper.keepSaving(stopping.signal);
  fail(AWAY);
  await pass(30_000);
  await stored(1);
  assert.deepEqual(written, []);
  assert.equal(keeper.ageS(), 30);
  fail(undefined);
  await pass(30_000);
  await stored(2);
  assert.equal(written.length, 1);
  assert.equal(keeper.ageS(), 0);
  await pass(5_000);
  assert.equal(keeper.ageS(), 5);
});

test('checkpoint keeper: writes nothing and ends, when another instance has taken over', async () => {
  const { keeper, written, marks, stopping, pass } = setUp();
  const ended = keeper.keepSaving(stopping.signal);
  await pass(30_000);
  marks.shift()?.reject(new FlotillaError('FENCED', 'taken over'));
  await ended;
  assert.deepEqual(written, []);
});

test('checkpoint keeper: writes nothing at the end, when nothing is new', async () => {
  const { keeper, written, marks, stored } = setUp();
  const saved = keeper.save();
  await settled();
  await stored(1);
  await saved;
  await keeper.save();
  assert.deepEqual([written.length, marks.length], [1, 0]);
});
