import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { makeObject } from '../testing/objects.ts';
import type { PermissionProof } from '../status/permission-board.ts';
import { describeLeak, leakOf, RESUME_AFTER_LEAK, resumeOf } from './leak-pause.ts';

const FOUND_AT = '2026-11-01T10:00:00Z';
const FOUND_AT_MS = Date.parse(FOUND_AT);
const LEAK = { foundAt: FOUND_AT, leakCount: 5, subjects: ['a', 'b', 'c', 'd'] };
const askedAt = (provenAtMs: number) => ({ forbiddenCount: 100, leaks: [], unanswered: [], provenAtMs });
const proof = (more: Partial<PermissionProof> = {}): PermissionProof => ({
  forbiddenCount: 40,
  allowedCount: 20,
  leaks: [],
  unanswered: [],
  provenAtMs: FOUND_AT_MS + 1_000,
  apiServer: askedAt(FOUND_AT_MS + 1_000),
  ...more,
});
const leaking = proof({ leaks: ['a', 'b', 'c', 'd', 'e'], provenAtMs: FOUND_AT_MS, apiServer: undefined });
const strategyOf = (leak: object | undefined, decision?: string): ResourceObject => ({
  ...makeObject('Strategy', 'btc', {}, decision === undefined ? {} : { annotations: { [RESUME_AFTER_LEAK]: decision } }),
  status: leak === undefined ? {} : { leak },
});
const role = (onLeak: 'Pause' | 'Alert') =>
  ({ ok: true, role: { ok: true, name: 'r', spec: { publications: 'Deliver', onLeak } } }) as const;
const NO_ROLE = { ok: true, role: undefined } as const;

test('leakOf: stops a strategy by a leak of now or before, unless its role says Alert', () => {
  const cases = [
    ['no leak', leakOf(strategyOf(undefined), NO_ROLE, proof()), undefined],
    ['not probed yet', leakOf(strategyOf(undefined), NO_ROLE, undefined), undefined],
    ['a probe without answers does not count as a leak', leakOf(strategyOf(undefined), NO_ROLE, proof({ unanswered: ['x'] })), undefined],
    ['without a role', leakOf(strategyOf(undefined), NO_ROLE, leaking), LEAK],
    ['a role that pauses', leakOf(strategyOf(undefined), role('Pause'), leaking), LEAK],
    ['a role that alerts', leakOf(strategyOf(undefined), role('Alert'), leaking), undefined],
    ['a Strategy with a mistake', leakOf(strategyOf(undefined), { ok: false }, leaking), LEAK],
    ['latched, a later probe is clean', leakOf(strategyOf(LEAK), NO_ROLE, proof()), LEAK],
    ['latched, the operator has just started', leakOf(strategyOf(LEAK), NO_ROLE, undefined), LEAK],
    ['latched, another leak', leakOf(strategyOf(LEAK), NO_ROLE, proof({ leaks: ['z'] })), LEAK],
    ['latched, the role alerts now', leakOf(strategyOf(LEAK), role('Alert'), proof()), undefined],
  ] as const;
  for (const [reason, found, want] of cases) assert.deepEqual(found, want, reason);
});

test('leakOf: a leak at the API server has the time of its answer, which is newer than the probe at the bus', () => {
  const found = proof({ leaks: ['a'], provenAtMs: FOUND_AT_MS - 30_000, apiServer: { ...askedAt(FOUND_AT_MS), leaks: ['a'] } });
  assert.equal(leakOf(strategyOf(undefined), NO_ROLE, found)?.foundAt, FOUND_AT);
});

test('resumeOf: takes a person, a reason and the time of this leak, after a later probe that proves the denials', () => {
  const decided = strategyOf(LEAK, `${FOUND_AT} alice: repaired`);
  assert.deepEqual(resumeOf(decided, LEAK, proof()), { foundAt: FOUND_AT, person: 'alice', reason: 'repaired' });
  const cases = [
    ['no decision', strategyOf(LEAK), proof()],
    ['another leak', strategyOf(LEAK, '2026-10-01T10:00:00Z alice: repaired'), proof()],
    ['no person', strategyOf(LEAK, `${FOUND_AT} : repaired`), proof()],
    ['no reason', strategyOf(LEAK, `${FOUND_AT} alice: `), proof()],
    ['no time', strategyOf(LEAK, 'alice: repaired'), proof()],
    ['no probe', decided, undefined],
    ['the probe of the leak', decided, proof({ provenAtMs: FOUND_AT_MS })],
    ['the API server has not answered yet', decided, proof({ apiServer: undefined })],
    ['the API server has not answered since the leak', decided, proof({ apiServer: askedAt(FOUND_AT_MS) })],
    ['it leaks still', decided, proof({ leaks: ['z'] })],
    ['a probe without answers', decided, proof({ unanswered: ['x'] })],
  ] as const;
  for (const [reason, strategy, found] of cases) assert.equal(resumeOf(strategy, LEAK, found), undefined, reason);
});

test('describeLeak: names subjects, and how to resume once that is possible', () => {
  const text = describeLeak(strategyOf(LEAK), LEAK, proof());
  assert.match(text, /\(a, b, c, d and 1 more\)/);
  const command = new RegExp(`kubectl annotate --overwrite strategies/btc ${RESUME_AFTER_LEAK}="${FOUND_AT} <person>: <reason>"`);
  assert.match(text, command);
  for (const open of [undefined, leaking, proof({ unanswered: ['x'] })])
    assert.doesNotMatch(describeLeak(strategyOf(LEAK), LEAK, open), command);
});

test('resumeOf: a leak of the network waits for no proof of the network, which a stopped agent cannot give, and for the end of its last report', () => {
  const leak = { foundAt: FOUND_AT, leakCount: 1, subjects: ['network: store'] };
  const decided = strategyOf(leak, `${FOUND_AT} alice: repaired`);
  const network = { denied: [], reached: [], isUnanswered: false, provenAtMs: undefined, state: 'Unknown', message: 'too old' } as const;
  assert.equal(resumeOf(decided, leak, proof({ network }))?.person, 'alice');
  assert.match(
    describeLeak(decided, leak, proof({ network })),
    /found no leak; the network is tried again only when the agent runs; to resume/,
  );
  assert.equal(resumeOf(decided, leak, proof({ leaks: ['network: store'] })), undefined);
  const found = proof({ leaks: ['network: store'], provenAtMs: FOUND_AT_MS - 60_000, apiServer: askedAt(FOUND_AT_MS - 60_000) });
  const reached = { ...network, state: 'Leaks', reached: ['store'], provenAtMs: FOUND_AT_MS } as const;
  assert.deepEqual(leakOf(strategyOf(undefined), NO_ROLE, { ...found, network: reached }), leak);
});
