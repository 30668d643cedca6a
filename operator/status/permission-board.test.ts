import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import { makePermissionBoard, type PermissionBoard } from './permission-board.ts';

const AGENT: Principal = { role: 'SignalAgent', portfolio: 'main', strategy: 'btc' };
const EXEC: Principal = { role: 'Exec', portfolio: 'main' };
const COUNTS = { forbiddenCount: 120, allowedCount: 15 };
const ENFORCED = { leaks: [], unanswered: [] };
const LEAK = { leaks: ['$KV.CONTROL.halt.main'], unanswered: [] };

let nowMs = 0;
let board: PermissionBoard;
let told: Principal[];
beforeEach(() => {
  nowMs = 0;
  board = makePermissionBoard({ nowMs: () => 1_800_000_000_000 + nowMs, monotonicMs: () => nowMs });
  told = [];
  board.onChange((principal) => told.push(principal));
});

test('take: tells of the first proof, of each change of the outcome, and of nothing else for ten minutes', () => {
  board.take(AGENT, COUNTS, ENFORCED);
  nowMs = 60_000;
  board.take(AGENT, COUNTS, ENFORCED);
  assert.equal(told.length, 1);
  board.take(AGENT, COUNTS, LEAK);
  board.take(AGENT, COUNTS, ENFORCED);
  assert.equal(told.length, 3);
  nowMs += 599_999;
  board.take(AGENT, COUNTS, ENFORCED);
  assert.equal(told.length, 3);
  nowMs += 1;
  board.take(AGENT, COUNTS, ENFORCED);
  assert.equal(told.length, 4);
});

test('proof: gives the newest proof with its time, also when no listener was told', () => {
  board.take(AGENT, COUNTS, ENFORCED);
  nowMs = 60_000;
  board.take(AGENT, COUNTS, ENFORCED);
  assert.deepEqual(board.proof(AGENT), { ...COUNTS, ...ENFORCED, provenAtMs: 1_800_000_060_000 });
  assert.equal(board.proof(EXEC), undefined);
});

test('keep: forgets principals that are gone, and counts leaks of the others alone', () => {
  board.take(AGENT, COUNTS, LEAK);
  board.take(EXEC, COUNTS, LEAK);
  assert.equal(board.leakCount(), 2);
  board.keep([EXEC]);
  assert.equal(board.leakCount(), 1);
  assert.equal(board.proof(AGENT), undefined);
});

test('takeApiProof: its leaks are leaks of the principal, until the API server denies them', () => {
  board.take(AGENT, COUNTS, ENFORCED);
  board.takeApiProof(AGENT, 100, { leaks: ['list secrets'], unanswered: [] });
  assert.deepEqual(board.proof(AGENT)?.leaks, ['list secrets']);
  assert.equal(board.leakCount(), 1);
  board.take(AGENT, COUNTS, LEAK);
  assert.deepEqual(board.proof(AGENT)?.leaks, [...LEAK.leaks, 'list secrets']);
  board.takeApiProof(AGENT, 100, { leaks: [], unanswered: ['create x'] });
  assert.deepEqual([board.proof(AGENT)?.leaks, board.proof(AGENT)?.unanswered], [LEAK.leaks, ['create x']]);
});

test('takeApiProof: tells of the first answer and of each change, and proves nothing without a probe at the bus', () => {
  board.takeApiProof(AGENT, 100, ENFORCED);
  board.takeApiProof(AGENT, 100, ENFORCED);
  assert.equal(told.length, 1);
  assert.equal(board.proof(AGENT), undefined);
  board.takeApiProof(AGENT, 100, { leaks: [], unanswered: ['create x'] });
  board.takeApiProof(AGENT, 100, { leaks: ['list secrets'], unanswered: [] });
  assert.equal(told.length, 3);
  board.keep([EXEC]);
  board.take(AGENT, COUNTS, ENFORCED);
  assert.deepEqual(board.proof(AGENT)?.leaks, []);
});

test('takeRevocation: keeps the fence, and tells of it once', () => {
  const revocation = { publications: 'Nothing', stream: 'DECISIONS', throughSequence: 7, since: '2026-01-01T00:00:00Z' } as const;
  board.takeRevocation(AGENT, null);
  assert.equal(told.length, 0);
  board.takeRevocation(AGENT, revocation);
  board.takeRevocation(AGENT, { ...revocation });
  assert.deepEqual([board.revocation(AGENT), told], [revocation, [AGENT]]);
  board.takeRevocation(AGENT, null);
  assert.deepEqual([board.revocation(AGENT), told.length], [null, 2]);
});
