/** Reads from the leader, against three real servers of which one hangs and lags (ADR 0030). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { STREAMS } from '@flotilla/contracts';
import { openBucket } from '../key-value.ts';
import { ensureBucket, ensureStream } from '../provision/ensure-stream.ts';
import { eventually } from '../testing/eventually.ts';
import { type NatsCluster, startNatsCluster } from '../testing/nats-cluster.ts';
import type { NatsServer } from '../testing/nats-server.ts';
import { openTestBus } from '../testing/open-test-bus.ts';
import type { NatsBus } from './connect-bus.ts';

const HALT = '$KV.CONTROL.halt.main';
const ORDER = 'executions.order.main.momentum';
const REPLICAS = { replicas: 3 } as const;
const READS = 20;
const BACKLOG = 20;
const STALE_ROUNDS = 3;
/** A follower answers direct gets a second after it caught up. */
const LAG_MS_MAX = 30_000;

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

let cluster: NatsCluster;
let bus: NatsBus;

before(async () => {
  cluster = await startNatsCluster();
  bus = await openTestBus({ url: cluster.servers.get('n1')?.url ?? '' });
  await ensureBucket(bus, 'CONTROL', REPLICAS);
  await ensureStream(bus, STREAMS.EXECUTIONS, REPLICAS);
});
after(async () => {
  await bus.close();
  await cluster.stop();
});

/** A server that follows the leader of the stream, and a bus that talks to it: its own replica answers that bus's direct gets. */
async function followerOf(stream: string): Promise<{ readonly server: NatsServer; readonly near: NatsBus }> {
  const leader = await cluster.leaderOf(bus, stream);
  const found = [...cluster.servers].find(([name]) => name !== leader && name !== 'n1');
  assert.ok(found !== undefined);
  return { server: found[1], near: await openTestBus({ url: found[1].url }) };
}

/**
 * Round by round: hangs a follower, writes a backlog and then `value`, reads at the follower's side and wakes it. Ends after some rounds in
 * which direct gets of the same moment gave old values: else the rounds would prove nothing.
 */
async function whileReplicasLag<T>(
  stream: string,
  subject: string,
  read: (near: NatsBus, throughSequence: number) => Promise<T>,
  check: (found: T, round: number) => void,
) {
  const { server, near } = await followerOf(stream);
  const deadlineMs = performance.now() + LAG_MS_MAX;
  let staleRounds = 0;
  try {
    for (let round = 1; staleRounds < STALE_ROUNDS; round += 1) {
      assert.ok(
        performance.now() < deadlineMs,
        `expected direct gets that lag in ${STALE_ROUNDS} of ${round} rounds, found ${staleRounds}`,
      );
      server.pause();
      await Promise.all(Array.from({ length: BACKLOG }, () => bus.publish(subject, encode('backlog'), { messageId: '' })));
      const { sequence } = await bus.publish(subject, encode(String(round)), { messageId: '' });
      const direct = Array.from({ length: READS }, () => near.request(`$JS.API.DIRECT.GET.${stream}.${subject}`, encode(''), 5_000));
      const reads = Array.from({ length: READS }, () => read(near, sequence));
      // A round trip of another connection: what was requested before it has left this process.
      await bus.request('no.listener', encode(''), 1_000);
      server.resume();
      for (const found of await Promise.all(reads)) check(found, round);
      const values = await Promise.all(direct);
      if (values.some((value) => value !== undefined && decode(value) !== String(round))) staleRounds += 1;
    }
  } finally {
    server.resume();
    await near.close();
  }
}

describe('a replica that lags', () => {
  test('last: never gives an older record than the one acknowledged before, when direct gets of the same moment do', async () => {
    await whileReplicasLag(
      'KV_CONTROL',
      HALT,
      (near) => near.last('KV_CONTROL', HALT, 'LEADER'),
      (found, round) => assert.equal(decode(found?.payload ?? encode('')), String(round)),
    );
  });

  test('read: gives everything that was acknowledged before, when direct gets of the same moment do not', async () => {
    const readAll = async (near: NatsBus, throughSequence: number) => {
      const values: string[] = [];
      for await (const message of near.read('EXECUTIONS', { subject: ORDER, fromSequence: 1, throughSequence, servedBy: 'LEADER' }))
        values.push(decode(message.payload));
      return values;
    };
    await whileReplicasLag('EXECUTIONS', ORDER, readAll, (values, round) => {
      assert.equal(values.length, round * (BACKLOG + 1));
      assert.equal(values.at(-1), String(round));
    });
  });

  test('last: gives the new record, when the leader hangs and another one takes over', async () => {
    const leaderName = await cluster.leaderOf(bus, 'KV_CONTROL');
    const leader = cluster.servers.get(leaderName);
    assert.ok(leader !== undefined);
    const other = [...cluster.servers].find(([name]) => name !== leaderName);
    const witness = await openTestBus({ url: other?.[1].url ?? '' });
    leader.pause();
    try {
      await eventually(
        'the record is written under another leader',
        () => openBucket(witness, 'CONTROL').put('halt.moved', encode('new')),
        60_000,
      );
      const found = await witness.last('KV_CONTROL', '$KV.CONTROL.halt.moved', 'LEADER');
      assert.equal(decode(found?.payload ?? encode('')), 'new');
    } finally {
      leader.resume();
      await witness.close();
    }
  });
});
