import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import type { Cluster } from '../kube/cluster.ts';
import { connectCluster } from '../kube/connect-cluster.ts';
import { silentLogger } from '../kube/logger.ts';
import { startTestApiServer } from '../kube/testing/api-server.ts';
import type { TestApiServer } from '../kube/testing/api-server.ts';
import { startFaultProxy } from '../kube/testing/fault-proxy.ts';
import type { FaultProxy } from '../kube/testing/fault-proxy.ts';
import { startLeaderElection } from './leader-election.ts';
import type { LeaderElection } from './leader-election.ts';

const DURATION_MS = 3_000;

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
    const election = startLeaderElection({
      cluster: over,
      namespace: 'default',
      name: `lease-${leases}`,
      identity,
      durationMs: DURATION_MS,
      termMs: 2_000,
      periodMs: 100,
      clock: systemClock,
      logger: silentLogger,
      onElected: () => log.push('elected'),
      onLost: () => log.push('lost'),
    });
    started.push(election);
    return { election, log };
  }

  test('one of three leads; when it stops, another takes over without waiting for the lease to run out', async () => {
    leases += 1;
    const candidates = ['a', 'b', 'c'].map((identity) => candidate(identity));
    const leading = () => candidates.filter(({ election }) => election.isLeading());
    const [first] = await eventually('a leader', () => (leading().length === 1 ? leading() : undefined));
    const stoppedAtMs = performance.now();
    await first?.election.stop();
    const [second] = await eventually('another leader', () => (leading().length === 1 ? leading() : undefined));
    assert.notEqual(second, first);
    assert.ok(performance.now() - stoppedAtMs < DURATION_MS);
    assert.deepEqual(candidates.map(({ log }) => log.length).toSorted(), [0, 1, 1]);
  });

  test('a leader that cannot reach the API server knows that it lost, before anybody else can lead', async () => {
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
    assert.deepEqual(cutOff.log, ['elected', 'lost']);
    proxy.decide(() => undefined);
    proxy.cutAll();
  });
});
