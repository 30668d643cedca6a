/** The service as a process against a real nats-server: everything published is in the log exactly once, whatever is killed. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditConsumer, STREAMS, type StreamName } from '@flotilla/contracts';
import { bucketStream, ensureBucket, ensureConsumer, ensureStream, type NatsBus } from '@flotilla/runtime';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { startLaggingReplica } from '@flotilla/runtime/testing/lagging-replica.ts';
import { type NatsServer, startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { decodeEntry } from '../log/decode-entry.ts';
import { FILES, segmentFirstIndex } from '../log/format.ts';
import { formatVerifierKey } from '../log/signed-note.ts';
import { defaultKeyFile, loadSigningKey } from '../log/signing-key.ts';
import { ORIGIN, temporaryFolder } from '../testing/sample-log.ts';
import { verifyFolder } from '../verify/verify-folder.ts';

const KILLS = 24;
const SUBJECTS: Readonly<Record<StreamName, string>> = {
  SIGNALS: 'signals.raw.tv',
  DECISIONS: 'decisions.proposal.main.momentum',
  EXECUTIONS: 'executions.fill.main.momentum',
  AUDIT: 'audit.event.main',
  POISON: 'poison.SIGNALS.audit',
  QUARANTINE: 'quarantine.agent-main_momentum.decisions.proposal.main.momentum',
};
const STREAM_NAMES = Object.keys(STREAMS) as readonly StreamName[];

interface World {
  readonly server: NatsServer;
  readonly bus: NatsBus;
  readonly folder: string;
  readonly published: Map<string, string>;
  publish(stream: StreamName, text?: string): Promise<void>;
  start(): Promise<void>;
  signal(name: NodeJS.Signals): Promise<void>;
  ready(): Promise<Record<string, unknown> & { readonly status: string }>;
  metrics(): Promise<string>;
  /** Everything in the log as `STREAM:sequence` → message id. */
  logged(): Promise<readonly { readonly place: string; readonly id: string }[]>;
  complete(): Promise<boolean>;
}

const cleanups: (() => unknown)[] = [];
after(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
});

async function makeWorld(options: { readonly provision?: boolean } = {}): Promise<World> {
  const server = await startNatsServer();
  cleanups.push(() => server.stop());
  const bus = await openTestBus({ url: server.url });
  cleanups.push(() => bus.close());
  const temporary = await temporaryFolder();
  cleanups.push(() => temporary.remove());
  const { folder } = temporary;
  if (options.provision !== false) await provision(bus);
  const published = new Map<string, string>();
  let count = 0;
  let child: ChildProcess | undefined;
  cleanups.push(() => child?.kill('SIGKILL'));
  let port = 0;
  const world: World = {
    server,
    bus,
    folder,
    published,
    async publish(stream, text) {
      count += 1;
      const id = `message-${count}`;
      const payload = Buffer.from(text ?? `{"id":"${id}"}`);
      for (;;) {
        try {
          const { sequence, stream: stored } = await bus.publish(SUBJECTS[stream], payload, { messageId: id });
          published.set(`${stored}:${sequence}`, id);
          return;
        } catch {
          await sleep(20);
        }
      }
    },
    async start() {
      const credsFile = await server.identity.credsFile({ role: 'AuditWriter' }, server.folder);
      const started = spawn(process.execPath, [join(import.meta.dirname, '../main.ts')], {
        env: {
          PATH: process.env['PATH'],
          NATS_URL: server.url,
          NATS_CREDS_FILE: credsFile,
          FLOTILLA_AUDIT_DIR: folder,
          FLOTILLA_AUDIT_CHECKPOINT_MS: '50',
          PORT: '0',
          LOG_LEVEL: 'info',
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child = started;
      let output = '';
      started.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const found = /"port":(\d+)/.exec(output);
        if (found !== null) port = Number(found[1]);
      });
      port = 0;
      await eventually('the service listens', () => port > 0 || (started.exitCode !== null && assert.fail(output)));
    },
    async signal(name) {
      const ending = child;
      if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
      const exited = once(ending, 'exit');
      ending.kill(name);
      await exited;
    },
    async ready() {
      return (await (await fetch(`http://127.0.0.1:${port}/ready`)).json()) as Record<string, unknown> & { readonly status: string };
    },
    async metrics() {
      return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    },
    async logged() {
      const names = (await readdir(folder)).filter((name) => segmentFirstIndex(name) !== undefined).sort();
      const text = (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('');
      return text.split('\n').flatMap((line) => {
        const record = decodeEntry(line)?.record;
        if (record?.type !== 'message') return [];
        const { stream, sequence, headers } = record.message;
        return [{ place: `${stream}:${sequence}`, id: headers['Nats-Msg-Id'] ?? '' }];
      });
    },
    async complete() {
      return (await world.logged()).length >= published.size;
    },
  };
  return world;
}

async function provision(bus: NatsBus): Promise<void> {
  for (const name of STREAM_NAMES) {
    await ensureStream(bus, STREAMS[name], { replicas: 1 });
    await ensureConsumer(bus, auditConsumer(name));
  }
  await ensureBucket(bus, 'STATUS', { replicas: 1 });
}

async function publishUntil(world: World, stream: StreamName, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await world.publish(stream);
}

/** Asserts that the log holds each published message once, and that the log verifies. */
async function assertExactlyOnce(world: World): Promise<void> {
  await eventually('everything published is in the log', () => world.complete(), 60_000);
  await world.signal('SIGTERM');
  const logged = await world.logged();
  assert.deepEqual(new Map(logged.map(({ place, id }) => [place, id])), world.published);
  assert.equal(logged.length, world.published.size, 'something is in the log twice');
  const result = await verifyFolder(world.folder, { sealed: true });
  assert.equal(result.finding, undefined, JSON.stringify(result.finding));
}

test('audit service: logs everything exactly once, when it is killed at random points while five streams are written', async () => {
  const world = await makeWorld();
  const publishing = new AbortController();
  const publishers = STREAM_NAMES.map((stream) => publishUntil(world, stream, publishing.signal));
  let seed = 20_261_121;
  for (let kill = 0; kill < KILLS; kill += 1) {
    await world.start();
    seed = (seed * 48_271) % 2_147_483_647;
    await sleep(seed % 400);
    await world.signal('SIGKILL');
  }
  publishing.abort();
  await Promise.all(publishers);
  await world.start();
  await assertExactlyOnce(world);
});

test('audit service: logs everything exactly once, when NATS is killed and restarted under it', async () => {
  const world = await makeWorld();
  await world.start();
  const publishing = new AbortController();
  // A publication that is repeated after an outage is a second message of QUARANTINE, which forgets ids after 100 ms (ADR 0098).
  const publishers = STREAM_NAMES.filter((stream) => stream !== 'QUARANTINE').map((stream) =>
    publishUntil(world, stream, publishing.signal),
  );
  for (let restart = 0; restart < 4; restart += 1) {
    await sleep(300);
    await world.server.kill();
    await eventually('the service says that NATS is away', async () => (await world.ready()).status === 'not ready');
    await world.server.restart();
    await eventually('the service is ready again', async () => (await world.ready()).status === 'ready', 20_000);
  }
  publishing.abort();
  await Promise.all(publishers);
  await assertExactlyOnce(world);
});

test('audit service: keeps foreign bytes, notes what a stream lost, moves the key out, and copies its checkpoint, when a log begins late', async () => {
  const world = await makeWorld();
  await world.publish('SIGNALS', 'not JSON at all \u0000');
  await world.publish('SIGNALS', '{ "spaced": 1 }');
  await world.bus.callApi('STREAM.PURGE.SIGNALS', { seq: 2 });
  world.published.delete('SIGNALS:1');
  await world.publish('POISON');
  // A version before this one made the key in the log's folder.
  const { verifier } = await loadSigningKey(join(world.folder, 'signing-key.pem'), ORIGIN);
  await world.start();
  await eventually('a checkpoint is copied', () => world.bus.last(bucketStream('STATUS'), '$KV.STATUS.audit.checkpoint'), 15_000);
  assert.match(await world.metrics(), /audit_entries_total\{stream="SIGNALS"\} 2\n/);
  assert.match(await world.metrics(), /audit_checkpoint_size 3\n/);
  await assertExactlyOnce(world);
  const segment = await readFile(join(world.folder, 'segment-0000000000000000.jsonl'), 'utf8');
  assert.match(segment, /"note":\{"from":1,"kind":"MISSING"\}.*"sequence":1,"stream":"SIGNALS"/);
  assert.ok(segment.includes(Buffer.from('{ "spaced": 1 }').toString('base64')));
  assert.equal((await stat(defaultKeyFile(world.folder))).mode & 0o777, 0o600);
  const { privateKeys, verifierKey } = await verifyFolder(world.folder);
  assert.deepEqual([privateKeys, verifierKey], [[], formatVerifierKey(verifier)], 'the same key, and no copy of it in the folder');
});

test('audit service: logs what lies before its first delivery and notes no loss, when the replica that answers lags', async () => {
  const world = await makeWorld();
  for (let count = 0; count < 3; count += 1) await world.publish('SIGNALS');
  const consumption = await world.bus.consume('SIGNALS', auditConsumer('SIGNALS').name, { maxInFlight: 2 });
  let taken = 0;
  for await (const delivery of consumption) {
    taken += 1;
    await delivery.ack();
    if (taken === 2) break;
  }
  await consumption.stop();
  const replica = await startLaggingReplica(world.bus, world.server.url, ['SIGNALS']);
  cleanups.push(() => replica.close());
  await world.start();
  await assertExactlyOnce(world);
  const segment = await readFile(join(world.folder, 'segment-0000000000000000.jsonl'), 'utf8');
  assert.doesNotMatch(segment, /"kind":"MISSING"/);
});

test('audit service: notes the restart, when a stream was deleted and made anew', async () => {
  const world = await makeWorld();
  await world.start();
  for (let count = 0; count < 3; count += 1) await world.publish('SIGNALS');
  await eventually('they are logged', () => world.complete());
  await world.bus.callApi('STREAM.DELETE.SIGNALS');
  await provision(world.bus);
  for (let count = 0; count < 2; count += 1) await world.publish('SIGNALS');
  await eventually('the new ones are logged too', async () => (await world.logged()).length === 5, 20_000);
  await world.signal('SIGTERM');
  const segment = await readFile(join(world.folder, 'segment-0000000000000000.jsonl'), 'utf8');
  assert.match(segment, /"note":\{"kind":"RESTARTED","lastSequence":3\}/);
  assert.equal((await verifyFolder(world.folder, { sealed: true })).finding, undefined);
});

test('audit service: stays up and says why, when nothing is provisioned, and begins when it is', async () => {
  const world = await makeWorld({ provision: false });
  await world.start();
  await eventually('ready names the streams', async () => JSON.stringify(await world.ready()).includes('"streams"'));
  await provision(world.bus);
  await eventually('ready', async () => (await world.ready()).status === 'ready', 20_000);
  await world.publish('EXECUTIONS');
  await assertExactlyOnce(world);
});

test('audit service: refuses to go on and says so, when signed entries were cut while it was down', async () => {
  const world = await makeWorld();
  await world.start();
  for (let count = 0; count < 5; count += 1) await world.publish('SIGNALS');
  await eventually('they are logged', () => world.complete());
  await world.signal('SIGTERM');
  const segment = join(world.folder, 'segment-0000000000000000.jsonl');
  const bytes = await readFile(segment);
  await writeFile(segment, bytes.subarray(0, -200));
  await world.start();
  await eventually('ready names the corruption', async () => JSON.stringify(await world.ready()).includes('AUDIT_CORRUPT'));
  await world.signal('SIGTERM');
  assert.equal((await readFile(segment)).byteLength, bytes.byteLength - 200, 'nothing more was written');
  assert.equal((await verifyFolder(world.folder, { settleMs: 0 })).finding?.code, 'ENTRY_MISSING');
  assert.ok(await readFile(join(world.folder, FILES.head)));
});
