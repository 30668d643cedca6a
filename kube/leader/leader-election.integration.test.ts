import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { connectCluster } from '../cluster/connect-cluster.ts';
import { silentLogger } from '../ports/logger.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { KUBERNETES_TYPES } from '../objects/resource-type.ts';
import { startTestApiServer, type TestApiServer } from '../testing/api-server.ts';
import { type FaultProxy, startFaultProxy } from '../testing/fault-proxy.ts';
import { type LeaderElection, startLeaderElection } from './leader-election.ts';
import type { LeaseSpec } from './lease.ts';
import type { Term } from './term.ts';

const { lease: LEASE } = KUBERNETES_TYPES;

const DURATION_MS = 5_000;

describe('startLeaderElection on a real API server', () => {
  let server: TestApiServer;
  let cluster: Cluster;
  let proxy: FaultProxy;
  let proxied: Cluster;
  let leases = 0;
  const started: LeaderElection[] = [];
  before(async () => {
    server = await startTestApiServer();
    cluster = server.connect();
    proxy = await startFaultProxy(server);
    proxied = connectCluster({ from: { kubeconfigPath: proxy.kubeconfigPath }, clock: systemClock, userAgent: 'election-test' });
  });
  afterEach(async () => {
    proxy.decide(() => undefined);
    await Promise.all(started.splice(0).map((election) => election.stop()));
  });
  after(async () => {
    await proxied.close();
    await proxy.stop();
    await server.stop();
  });

  function candidate(identity: string, over: Cluster = cluster) {
    const log: string[] = [];
    const terms: Term[] = [];
    /** How far its clocks run ahead of everybody else's. */
    const ahead = { monotonicMs: 0, wallMs: 0 };
    const election = startLeaderElection({
      cluster: over,
      namespace: 'default',
      name: `lease-${leases}`,
      identity,
      durationMs: DURATION_MS,
      termMs: 3_500,
      periodMs: 100,
      clock: {
        ...systemClock,
        monotonicMs: () => systemClock.monotonicMs() + ahead.monotonicMs,
        nowMs: () => systemClock.nowMs() + ahead.wallMs,
      },
      logger: silentLogger,
      onElected(term) {
        terms.push(term);
        log.push('elected');
      },
      onLost: (cause) => void log.push(cause),
    });
    started.push(election);
    return { election, log, terms, ahead };
  }

  const leaseAddress = () => ({ namespace: 'default', name: `lease-${leases}` });
  const holder = async (): Promise<string | undefined> =>
    (await cluster.find<KubeObject & { readonly spec?: LeaseSpec }>(LEASE, leaseAddress()))?.spec?.holderIdentity;

  test('one of three leads; when it stops, another takes over without waiting for the lease to run out', async () => {
    leases += 1;
    const candidates = ['a', 'b', 'c'].map((identity) => candidate(identity));
    const leading = () => candidates.filter(({ election }) => election.isLeading());
    const [first] = await eventually('a leader', () => (leading().length === 1 ? leading() : undefined));
    const before = await holder();
    await first?.election.stop();
    assert.notEqual(await holder(), before, 'it gave the lease back');
    const [second] = await eventually('another leader', () => (leading().length === 1 ? leading() : undefined));
    assert.notEqual(second, first);
    assert.deepEqual(candidates.map(({ log }) => log.length).toSorted(), [0, 1, 1]);
  });

  test('a leader that cannot reach the API server knows that it lost, before another process can lead', async () => {
    leases += 1;
    const cutOff = candidate('cut-off', proxied);
    await eventually('it leads', () => cutOff.election.isLeading());
    const standby = candidate('standby');
    let both = false;
    proxy.decide(() => 'hang');
    proxy.cutAll();
    await eventually('the standby leads', () => {
      both ||= cutOff.election.isLeading() && standby.election.isLeading();
      return standby.election.isLeading();
    });
    assert.equal(both, false);
    assert.deepEqual(cutOff.log, ['elected', 'expired']);
    proxy.decide(() => undefined);
    proxy.cutAll();
  });

  test('a term is over at once when the machine was suspended, and never comes back: the next one is another', async () => {
    leases += 1;
    const { election, log, terms, ahead } = candidate('sleeper');
    await eventually('it leads', () => election.isLeading());
    ahead.wallMs += 60_000;
    assert.equal(election.isLeading(), false);
    await eventually('a new term', () => terms.length === 2);
    assert.deepEqual(log, ['elected', 'expired', 'elected']);
    assert.deepEqual([terms[0]?.isValid(), terms[0]?.ended.aborted], [false, true]);
    assert.deepEqual([terms[1]?.isValid(), terms[1]?.ended.aborted], [true, false]);
    await election.stop();
    assert.deepEqual([terms[1]?.isValid(), terms[1]?.ended.aborted], [false, true]);
    assert.equal(await holder(), '');
  });

  test('onLost names the stall of a process that slept beyond its term, whether or not another process leads', async () => {
    leases += 1;
    const { election, log, ahead } = candidate('stalled');
    await eventually('it leads', () => election.isLeading());
    ahead.monotonicMs += 60_000;
    assert.equal(election.isLeading(), false);
    await eventually('it is told', () => log.includes('stalled'));
  });

  test('onLost names the loss, when a person gave the lease to another process', async () => {
    leases += 1;
    const { election, log } = candidate('robbed');
    await eventually('it leads', () => election.isLeading());
    await cluster.patch(LEASE, leaseAddress(), { spec: { holderIdentity: 'thief', leaseDurationSeconds: 60 } });
    await eventually('it is told', () => log.includes('taken'));
    assert.equal(election.isLeading(), false);
    await election.stop();
    assert.equal(await holder(), 'thief', 'it gives back nothing that it does not hold');
  });

  test('a deleted lease does not give a second leader: the first one writes it again', async () => {
    leases += 1;
    const first = candidate('first');
    await eventually('it leads', () => first.election.isLeading());
    const second = candidate('second');
    await eventually('the second has looked', async () => (await holder()) === 'first');
    for (let round = 0; round < 3; round += 1) {
      await cluster.delete(LEASE, leaseAddress());
      await eventually('the lease is there again', async () => (await holder()) !== undefined);
      assert.equal(await holder(), 'first');
    }
    assert.deepEqual([first.log, second.log], [['elected'], []]);
  });
});
