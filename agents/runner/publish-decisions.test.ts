import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bus } from '@flotilla/contracts';
import type { Decision } from './decide.ts';
import { publishDecisions } from './publish-decisions.ts';

const envelope = { schemaVersion: 1, corrId: 'c', time: '2026-11-21T12:00:00.000Z', producer: { service: 'agents', revision: 'test' } };
const decision = {
  proposal: { ...envelope, id: 'p', portfolio: 'main', strategy: 'a' },
  intent: { ...envelope, id: 'i', portfolio: 'main', strategy: 'a' },
  carrier: {},
} as unknown as Decision;

test('publishDecisions: sends proposals alone, on the subject for them, where the bus takes nothing else', async () => {
  const sent: string[] = [];
  const publish = (subject: string) => Promise.resolve({ stream: 'DECISIONS', sequence: sent.push(subject), duplicate: false });
  await publishDecisions({ publish } as unknown as Bus, [decision], 'Proposals');
  assert.deepEqual(sent, ['decisions.proposal.main.a.alone']);
});

for (const [stream, expected, why] of [
  ['DECISIONS', 42, 'the highest sequence of its decisions'],
  ['QUARANTINE', 0, 'no sequence of another stream, or a restart would pass over its own decisions'],
] as const) {
  test(`publishDecisions: gives ${why}, when ${stream} stores them`, async () => {
    let sequence = 40;
    const bus = { publish: () => Promise.resolve({ stream, sequence: (sequence += 1), duplicate: false }) } as unknown as Bus;
    assert.equal(await publishDecisions(bus, [decision]), expected);
  });
}
