/** A bug ends its process, so each case is a process of its own, over one real API server. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { startTestApiServer, type TestApiServer } from './api-server.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const BUG = `new AssertionError('a bug of the test')`;

/** How the listener `fail` is called: `last` is added after it, so `last` runs only when the failure of `fail` stopped nothing. */
const CALLS = [
  ['an object of the first list', `await put('a'); copy = reflect(); copy.onChange(fail); copy.onChange(last);`],
  ['an event of the watch', `copy = reflect(); await copy.synced; copy.onChange(fail); copy.onChange(last); await put('a');`],
  [
    'a write of its own process',
    `copy = reflect(); await copy.synced; copy.onChange(fail); copy.onChange(last); copy.note(await put('a'));`,
  ],
  ['an object that was there before it', `await put('a'); copy = reflect(); await copy.synced; copy.onChange(fail); copy.onChange(last);`],
] as const;

describe('a bug ends the process, an operating error does not', () => {
  let server: TestApiServer;
  let namespaces = 0;
  before(async () => {
    server = await startTestApiServer();
  });
  after(() => server?.stop());

  /** Runs `body` in a process of its own, which ends with code 0 when it calls `last`. */
  async function run(body: string): Promise<{ readonly code: unknown; readonly errors: string }> {
    namespaces += 1;
    const script = `
      const load = (path) => import(${JSON.stringify(ROOT)} + path);
      const kube = await load('/kube/mod.ts');
      const { systemClock: clock } = await load('/runtime/clock.ts');
      const { systemRng: rng } = await load('/runtime/rng.ts');
      const { AssertionError } = await load('/contracts/errors/assert.ts');
      const { FlotillaError } = await load('/contracts/errors/errors.ts');
      const { configMap: type, namespace: namespaces } = kube.KUBERNETES_TYPES;
      const namespace = 'space-${namespaces}';
      const logger = kube.silentLogger;
      const cluster = kube.connectCluster({ from: { kubeconfigPath: ${JSON.stringify(server.kubeconfigPath)} }, clock, userAgent: 'bugs' });
      const put = (name) => cluster.apply(type, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } }, { fieldManager: 'bugs' });
      const reflect = () => kube.startReflector({ cluster, type, scope: { namespace }, clock, rng, logger });
      const last = () => process.exit(0);
      let copy;
      await cluster.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      ${body}`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'inherit', 'pipe'] });
    const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    return { code, errors };
  }

  for (const [call, body] of CALLS) {
    test(`startReflector: ends the process, when a listener throws an AssertionError for ${call}`, async () => {
      const { code, errors } = await run(`const fail = () => { throw ${BUG}; }; ${body}`);
      assert.equal(code, 1, errors);
      assert.match(errors, /AssertionError: a bug of the test/);
    });
  }

  for (const [reason, error] of [
    ['an operating error', `new FlotillaError('NOT_LEADING', 'expected')`],
    ['an error without a code', `new TypeError('expected')`],
  ] as const) {
    test(`startReflector: goes on and calls the other listeners, when a listener throws ${reason}`, async () => {
      const [, body] = CALLS[1];
      const { code, errors } = await run(`const fail = () => { throw ${error}; }; ${body}`);
      assert.deepEqual([code, errors], [0, '']);
    });
  }

  test('startReflector: ends the process, when a function of an index throws an AssertionError', async () => {
    const indexes = `{ broken: () => { throw ${BUG}; } }`;
    const { code, errors } = await run(
      `copy = kube.startReflector({ cluster, type, scope: { namespace }, indexes: ${indexes}, clock, rng, logger }); copy.onChange(last); await put('a');`,
    );
    assert.equal(code, 1, errors);
    assert.match(errors, /AssertionError: a bug of the test/);
  });

  test('makeEventRecorder: ends the process, when a write throws an AssertionError', async () => {
    const { code, errors } = await run(`
      const guarded = cluster.guardedBy(() => { throw ${BUG}; });
      const recorder = kube.makeEventRecorder({ cluster: guarded, controller: 'example.dev/bugs', instance: 'bugs-0', clock, logger });
      const regarding = await put('a');
      recorder.record({ resource: type, regarding, severity: 'Normal', reason: 'Bug', action: 'Test', note: 'a note' });
      setTimeout(last, 2_000);`);
    assert.equal(code, 1, errors);
    assert.match(errors, /AssertionError: a bug of the test/);
  });

  test('startLeaderElection: ends the process, when onElected throws an AssertionError', async () => {
    const { code, errors } = await run(`
      const onElected = () => { setTimeout(last, 2_000); throw ${BUG}; };
      kube.startLeaderElection({ cluster, namespace, name: 'lock', identity: 'one', clock, logger, onElected, onLost: () => undefined });`);
    assert.equal(code, 1, errors);
    assert.match(errors, /AssertionError: a bug of the test/);
  });

  test('startLeaderElection: ends the process, when the release of the lease throws an AssertionError', async () => {
    const { code, errors } = await run(`
      let broken = false;
      const guarded = cluster.guardedBy(() => { if (broken) throw ${BUG}; });
      const election = kube.startLeaderElection({
        cluster: guarded, namespace, name: 'lock', identity: 'one', clock, logger,
        onElected: () => { broken = true; setImmediate(() => election.stop().then(last)); },
        onLost: () => undefined,
      });`);
    assert.equal(code, 1, errors);
    assert.match(errors, /AssertionError: a bug of the test/);
  });
});
