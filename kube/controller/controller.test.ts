import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { ClusterError } from '../transport/cluster-error.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { silentLogger } from '../ports/logger.ts';
import type { ObjectChange } from '../watch/object-cache.ts';
import { makeManualClock } from '../testing/manual-clock.ts';
import { type ControllerOptions, startController } from './controller.ts';
import type { Reconcile } from './reconcile.ts';
import { isNews, type Source, specChanged } from './source.ts';
import { makeControlMetrics } from './metrics.ts';
import { makeMetricRecorder } from '../testing/metric-recorder.ts';

/** A source that the test speaks for. */
function makeVoice(options: Partial<Source> = {}) {
  const listeners = new Set<(change: ObjectChange) => void>();
  const firstList = Promise.withResolvers<void>();
  const source: Source = {
    reflector: {
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      synced: firstList.promise,
      stats: () => assert.fail('not asked'),
    },
    mapToKeys: ({ metadata }) => [metadata.name],
    ...options,
  };
  const say = (type: ObjectChange['type'], object: KubeObject, previous?: KubeObject, fromList = false): void => {
    for (const listener of listeners) listener({ type, object, previous, fromList, own: false });
  };
  return { source, say, sync: firstList.resolve, listeners };
}

const named = (name: string, labels: Readonly<Record<string, string>> = {}): KubeObject => ({ metadata: { name, labels } });

function start(reconcile: Reconcile, options: Partial<ControllerOptions> = {}) {
  const clock = makeManualClock();
  const recorder = makeMetricRecorder();
  const metrics = makeControlMetrics(recorder);
  const controller = startController({
    name: 'test',
    sources: [],
    reconcile,
    clock,
    rng: { next: () => 0 },
    logger: silentLogger,
    metrics,
    ...options,
  });
  return { clock, recorder, controller };
}

test('controller: reconciles nothing before all sources are synced, then each key once', async () => {
  const first = makeVoice();
  const second = makeVoice();
  const seen: string[] = [];
  const { clock } = start(async (key) => void seen.push(key), { sources: [first.source, second.source] });
  first.say('added', named('a'));
  first.say('modified', named('a'));
  first.sync();
  await clock.advance(0);
  assert.deepEqual(seen, []);
  second.sync();
  await clock.advance(0);
  assert.deepEqual(seen, ['a']);
});

test('controller: a change also concerns the keys of the object before the change', async () => {
  const voice = makeVoice({ mapToKeys: ({ metadata }) => [metadata.labels?.['owner'] ?? ''] });
  const seen: string[] = [];
  const { clock } = start(async (key) => void seen.push(key), { sources: [voice.source] });
  voice.sync();
  await clock.advance(0);
  voice.say('modified', named('child', { owner: 'new' }), named('child', { owner: 'old' }));
  await clock.advance(0);
  assert.deepEqual(seen.toSorted(), ['new', 'old']);
});

test('controller: a kill overtakes a backlog, and needs no free worker', async () => {
  const voice = makeVoice({ priority: ({ object }) => (object.metadata.name === 'stop' ? 'kill' : 'spec') });
  const seen: string[] = [];
  const never = new Promise<undefined>(() => undefined);
  const { clock } = start((key) => (seen.push(key), key === 'stop' ? Promise.resolve(undefined) : never), {
    sources: [voice.source],
    workers: 1,
  });
  voice.sync();
  await clock.advance(0);
  for (const name of ['a', 'b', 'stop']) voice.say('added', named(name));
  await clock.advance(0);
  assert.deepEqual(seen, ['a', 'stop']);
});

test('controller: never runs two reconciliations of one key at once, and runs again for a change that came meanwhile', async () => {
  let running = 0;
  let most = 0;
  let runs = 0;
  const { clock, controller } = start(async () => {
    running += 1;
    runs += 1;
    most = Math.max(most, running);
    await clock.sleep(100);
    running -= 1;
  });
  controller.enqueue('a', 'spec');
  await clock.advance(50);
  for (let adds = 0; adds < 5; adds += 1) controller.enqueue('a', 'spec');
  await clock.advance(1_000);
  assert.deepEqual([runs, most], [2, 1]);
});

test('controller: retries a failure with growing delay, and forgets it after a success', async () => {
  const failuresSeen: number[] = [];
  let fail = true;
  const { clock, controller, recorder } = start(async (_key, { failures }) => {
    failuresSeen.push(failures);
    if (fail) throw new FlotillaError('HANDLER_FAILED', 'not now');
  });
  controller.enqueue('a', 'spec');
  await clock.advance(0);
  await clock.advance(100);
  await clock.advance(200);
  assert.deepEqual(failuresSeen, [0, 1, 2]);
  fail = false;
  await clock.advance(400);
  assert.equal(controller.stats().failing, 0);
  assert.equal(recorder.value('controller_runtime_reconcile_total{controller="test",result="error"}'), 3);
  assert.equal(recorder.value('controller_runtime_reconcile_total{controller="test",result="success"}'), 1);
  controller.enqueue('a', 'spec');
  await clock.advance(0);
  assert.equal(failuresSeen.at(-1), 0);
});

test('controller: news of a failing key come before its back-off ends, kills too, and never faster than every 150 ms', async () => {
  const startedMs: number[] = [];
  const { clock, controller } = start(async () => {
    startedMs.push(clock.monotonicMs());
    throw new FlotillaError('CLUSTER_UNAVAILABLE', 'away');
  });
  await clock.advance(0);
  for (let ms = 0; ms < 1_000; ms += 10) {
    controller.enqueue('a', 'kill');
    await clock.advance(10);
  }
  const gaps = startedMs.slice(1).map((ms, index) => ms - (startedMs[index] ?? 0));
  assert.equal(startedMs[0], 0, 'a key that has not failed waits for nothing');
  assert.ok(startedMs.length >= 6, `news are taken, found ${startedMs.length} tries`);
  assert.ok(Math.min(...gaps.slice(1)) >= 150, gaps.join(' '));
});

test('controller: a reconciliation that throws or hangs does not delay another key', async () => {
  const seen: string[] = [];
  const { clock, controller } = start(
    (key) => {
      seen.push(key);
      if (key === 'hangs') return new Promise(() => undefined);
      if (key === 'throws') throw new TypeError('a bug, thrown at once');
      return Promise.resolve(undefined);
    },
    { workers: 1, deadlineMs: 1_000 },
  );
  for (const key of ['throws', 'hangs', 'fine']) controller.enqueue(key, 'spec');
  await clock.advance(1_001);
  assert.ok(seen.includes('fine'));
  assert.deepEqual([controller.stats().hung, controller.stats().active], [1, 0]);
});

test('controller: at the deadline aborts the signal, counts it, and holds the key back until the call has returned', async () => {
  const runs: AbortSignal[] = [];
  const { clock, controller, recorder } = start(
    async (_key, { signal }) => {
      runs.push(signal);
      if (runs.length === 1) await clock.sleep(5_000);
    },
    { deadlineMs: 1_000 },
  );
  controller.enqueue('a', 'spec');
  await clock.advance(1_500);
  assert.equal(runs[0]?.aborted, true);
  controller.enqueue('a', 'kill');
  await clock.advance(3_000);
  assert.equal(runs.length, 1);
  await clock.advance(600);
  assert.equal(runs.length, 2);
  assert.equal(recorder.value('controller_runtime_reconcile_timeouts_total{controller="test"}'), 1);
});

test('controller: reconciles again after the time that the reconcile function asked for', async () => {
  let runs = 0;
  const { clock, controller } = start(async () => {
    runs += 1;
    return { requeueAfterMs: 10_000 };
  });
  controller.enqueue('a', 'spec');
  await clock.advance(9_999);
  assert.equal(runs, 1);
  await clock.advance(1);
  assert.equal(runs, 2);
});

for (const [what, error, delayMs] of [
  ['a dependency that is away, within 10 s however often it failed', new FlotillaError('BUS_UNAVAILABLE', 'away'), 10_000],
  ['a terminal failure, after 5 min only', new FlotillaError('PARAMETERS_INVALID', 'bad'), 300_000],
  ['what the server asked to wait', new ClusterError('busy', { statusCode: 429, retryAfterMs: 17_000 }), 17_000],
] as const) {
  test(`controller: retries ${what}`, async () => {
    const atMs: number[] = [];
    const { clock, controller } = start(async () => {
      atMs.push(clock.monotonicMs());
      throw error;
    });
    controller.enqueue('a', 'spec');
    await clock.advance(1_000_000);
    assert.equal((atMs.at(-1) ?? 0) - (atMs.at(-2) ?? 0), delayMs);
  });
}

test('controller: counts every error but an operating error as a panic', async () => {
  const { clock, controller, recorder } = start(() => Promise.reject(new TypeError('bug')));
  controller.enqueue('a', 'spec');
  await clock.advance(0);
  assert.equal(recorder.value('controller_runtime_reconcile_panics_total{controller="test"}'), 1);
});

test('stop: aborts the running reconciliations, waits for them, and starts no other', async () => {
  const seen: string[] = [];
  const { clock, controller } = start(async (key, { signal }) => {
    seen.push(`${key} began`);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    seen.push(`${key} ended`);
    throw signal.reason as Error;
  });
  controller.enqueue('a', 'spec');
  await clock.advance(0);
  await controller.stop();
  controller.enqueue('b', 'kill');
  await clock.advance(1_000_000);
  assert.deepEqual(seen, ['a began', 'a ended']);
  assert.equal(clock.timers, 0);
});

test('stop: resolves when the last reconciliation has ended, and counts none of them as failed', async () => {
  const call = Promise.withResolvers<undefined>();
  const { clock, controller, recorder } = start(() => call.promise);
  controller.enqueue('a', 'spec');
  await clock.advance(0);
  let isStopped = false;
  const stopped = controller.stop().then(() => (isStopped = true));
  await clock.advance(1_000_000);
  assert.equal(isStopped, false);
  call.reject(new Error('aborted'));
  await stopped;
  assert.equal(controller.stats().failing, 0);
  assert.equal(recorder.value('controller_runtime_reconcile_total{controller="test",result="error"}'), 0);
  assert.equal(recorder.value('workqueue_retries_total{name="test"}'), 0);
});

test('stop: leaves no listener at a source, no timer and no key', async () => {
  const voice = makeVoice();
  const never = new Promise<undefined>(() => undefined);
  const { clock, controller } = start((key) => (key === 'hangs' ? never : Promise.resolve({ requeueAfterMs: 10_000 })), {
    sources: [voice.source],
    workers: 1,
    deadlineMs: 60_000,
  });
  voice.sync();
  await clock.advance(0);
  voice.say('added', named('later'));
  await clock.advance(0);
  for (const name of ['hangs', 'waits']) voice.say('added', named(name));
  assert.deepEqual([voice.listeners.size, clock.timers, controller.stats().depth], [1, 2, 1], 'a requeue and a deadline; one key waits');
  void controller.stop();
  assert.deepEqual([voice.listeners.size, clock.timers, controller.stats().depth], [0, 1, 0], 'the deadline of the call that still runs');
});

test('controller: hands a key to a free worker at once, without a timer', async () => {
  const { clock, controller } = start(() => new Promise(() => undefined));
  await clock.advance(0);
  controller.enqueue('a', 'spec');
  controller.enqueue('b', 'kill');
  assert.deepEqual([controller.stats().active, controller.stats().depth], [2, 0]);
});

test('controller: runs two kills beside its busy workers, and reports the keys that wait', async () => {
  const { clock, controller, recorder } = start(() => new Promise(() => undefined), { workers: 1 });
  await clock.advance(0);
  for (const key of ['a', 'b', 'c', 'd']) controller.enqueue(key, 'kill');
  assert.deepEqual([controller.stats().active, controller.stats().depth], [3, 1]);
  await clock.advance(1_000);
  controller.enqueue('e', 'kill');
  assert.equal(recorder.value('workqueue_depth{name="test"}'), 2);
  assert.equal(recorder.value('workqueue_longest_waiting_seconds{name="test"}'), 1);
});

test('controller: measures how long a reconciliation takes', async () => {
  const durationsMs: number[] = [];
  const metrics = {
    ...makeControlMetrics(makeMetricRecorder()),
    reconciled: (_name: string, _result: string, ms: number) => durationsMs.push(ms),
  };
  const { clock, controller } = start(() => clock.sleep(250), { metrics });
  await clock.advance(1_000);
  controller.enqueue('a', 'spec');
  await clock.advance(250);
  assert.deepEqual(durationsMs, [250]);
});

test('controller: reports no hung reconciliation any more, once the late call has returned', async () => {
  const { clock, controller } = start(() => clock.sleep(5_000), { deadlineMs: 1_000 });
  controller.enqueue('a', 'spec');
  await clock.advance(4_000);
  assert.deepEqual([controller.stats().hung, controller.stats().hungMs], [1, 3_000]);
  await clock.advance(1_000);
  assert.deepEqual([controller.stats().hung, controller.stats().hungMs], [0, 0]);
});

test('controller: runs each reconciliation in one span with its key, and passes a failure on', async () => {
  const spans: string[] = [];
  const { clock, controller, recorder } = start(
    async (key) => {
      if (key === 'bad') throw new FlotillaError('BUS_UNAVAILABLE', 'away');
    },
    {
      async trace(name, attributes, work) {
        try {
          return await work();
        } catch (error) {
          spans.push('failed');
          throw error;
        } finally {
          spans.push(`${name} ${attributes['key']} ${attributes['priority']}`);
        }
      },
    },
  );
  controller.enqueue('good', 'spec');
  controller.enqueue('bad', 'kill');
  await clock.advance(0);
  assert.deepEqual(spans.toSorted(), ['failed', 'reconcile test bad kill', 'reconcile test good spec']);
  assert.equal(recorder.value('controller_runtime_reconcile_errors_total{controller="test"}'), 1);
});

test('controller: reports for how long the oldest hung reconciliation has been beyond its deadline', async () => {
  const { clock, controller } = start(() => new Promise(() => undefined), { deadlineMs: 1_000 });
  controller.enqueue('a', 'spec');
  await clock.advance(500);
  controller.enqueue('b', 'spec');
  await clock.advance(3_000);
  assert.deepEqual([controller.stats().hung, controller.stats().hungMs], [2, 2_500]);
});

test('controller: spaces the reconciliations of one key by spacingMs; the first does not wait, nor does a kill or another key', async () => {
  const looks: string[] = [];
  const { clock, controller } = start(async (key) => void looks.push(`${key} at ${clock.monotonicMs()}`), { spacingMs: 100 });
  await clock.advance(0);
  controller.enqueue('a', 'spec');
  await clock.advance(10);
  for (let adds = 0; adds < 5; adds += 1) controller.enqueue('a', 'spec');
  controller.enqueue('b', 'spec');
  await clock.advance(10);
  assert.deepEqual(looks, ['a at 0', 'b at 10']);
  await clock.advance(80);
  assert.deepEqual(looks, ['a at 0', 'b at 10', 'a at 100']);
  controller.enqueue('a', 'kill');
  await clock.advance(0);
  assert.deepEqual(looks.at(-1), 'a at 100');
  assert.equal(looks.length, 4);
  await clock.advance(500);
  controller.enqueue('a', 'resync');
  await clock.advance(0);
  assert.equal(looks.at(-1), 'a at 600');
});

test('specChanged: is false for a change of status or labels alone, and true for any other change', () => {
  const object = (generation: number | undefined, uid = 'u'): KubeObject => ({
    metadata: { name: 'a', uid, ...(generation === undefined ? {} : { generation }) },
  });
  const change = (now: KubeObject, previous: KubeObject | undefined, type: ObjectChange['type'] = 'modified'): ObjectChange => ({
    type,
    object: now,
    previous,
    fromList: false,
    own: false,
  });
  assert.equal(specChanged(change(object(1), object(1))), false);
  assert.equal(specChanged(change(object(2), object(1))), true);
  assert.equal(specChanged(change(object(1, 'v'), object(1))), true);
  assert.equal(specChanged(change(object(undefined), object(undefined))), true);
  for (const type of ['added', 'deleted'] as const) assert.equal(specChanged(change(object(1), object(1), type)), true);
});

test('isNews: is false for an own write, unless the spec changed with it', () => {
  const object = (generation: number): KubeObject => ({ metadata: { name: 'a', uid: 'u', generation } });
  const change = (own: boolean, type: ObjectChange['type'], generation: number): ObjectChange => ({
    type,
    object: object(generation),
    previous: type === 'added' ? undefined : object(1),
    fromList: false,
    own,
  });
  assert.equal(isNews(change(false, 'modified', 1)), true);
  assert.equal(isNews(change(true, 'modified', 1)), false);
  assert.equal(isNews(change(true, 'modified', 2)), true);
  assert.equal(isNews(change(true, 'added', 1)), false);
  assert.equal(isNews(change(false, 'deleted', 1)), true);
});

test('controller: counts what it does under the names of controller-runtime', async () => {
  const outcomes = [
    () => Promise.reject(new ClusterError('refused', { statusCode: 422 })),
    () => Promise.reject(new ClusterError('away', { statusCode: 503 })),
    () => Promise.resolve({ requeueAfterMs: 1 }),
    () => Promise.resolve(undefined),
  ];
  const { clock, controller, recorder } = start(() => outcomes.shift()?.() ?? Promise.resolve(undefined));
  const count = (name: string, labels = '') => recorder.value(`${name}{controller="test"${labels}}`);
  for (const key of ['a', 'b', 'c', 'd']) controller.enqueue(key, 'spec');
  await clock.advance(0);
  assert.deepEqual(
    ['success', 'requeue_after', 'error'].map((result) => count('controller_runtime_reconcile_total', `,result="${result}"`)),
    [1, 1, 2],
  );
  assert.equal(count('controller_runtime_terminal_reconcile_errors_total'), 1);
  assert.equal(count('controller_runtime_reconcile_panics_total'), 0);
  assert.equal(count('controller_runtime_max_concurrent_reconciles'), 10);
  assert.equal(recorder.value('workqueue_retries_total{name="test"}'), 2);
  assert.equal(recorder.value('workqueue_adds_total{name="test"}'), 4);
  assert.equal(recorder.value('workqueue_queue_duration_seconds{name="test"}'), 4);
});

test('startController: an assertion refuses a number of workers, a deadline or a spacing out of its bounds', () => {
  for (const options of [{ workers: 0 }, { deadlineMs: 0 }, { spacingMs: -1 }]) {
    assert.throws(() => start(() => Promise.resolve(undefined), options), { name: 'AssertionError' });
  }
  start(() => Promise.resolve(undefined), { workers: 1, deadlineMs: 1, spacingMs: 0 });
});
