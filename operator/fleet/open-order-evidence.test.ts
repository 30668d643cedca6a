import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { ExecStatus, StrategyReport } from '@flotilla/contracts/control/exec-status.ts';
import type { Report } from '../provision/status-board.ts';
import { execReport } from '../testing/objects.ts';
import { type EvidenceInput, portfolioEvidence, strategyEvidence, type StrategyEvidenceInput } from './open-order-evidence.ts';

const HASH = 'c'.repeat(64);
const config = { configHash: HASH, strategies: [{ name: 'btc', desiredState: 'Halted' }] } as unknown as ExecConfig;
const running = { ...config, strategies: [{ name: 'btc', desiredState: 'Running' }] } as unknown as ExecConfig;
const empty: StrategyReport = {
  name: 'btc',
  desiredState: 'Halted',
  openOrders: 0,
  openPositions: 1,
  halt: { gateClosedAt: '2026-01-01T00:00:00Z', restingCancelledCount: 0, zeroOpenOrdersVerifiedAt: '2026-01-01T00:00:00Z' },
};
const open: StrategyReport = { ...empty, openOrders: 1 };
const unverified: StrategyReport = { ...empty, halt: { gateClosedAt: '2026-01-01T00:00:00Z', restingCancelledCount: 0 } };
const exec = (change: Partial<ExecStatus> = {}, fresh = true): Report<ExecStatus> => ({
  value: { ...execReport('main', []), ...change },
  fresh,
});

const portfolioCases: readonly (readonly [reason: string, given: Partial<EvidenceInput>, want: string])[] = [
  ['exec confirms the halted configuration', { exec: exec({ strategies: [empty] }) }, 'NothingOpen'],
  ['exec runs another configuration', { exec: exec({ configHash: 'd'.repeat(64) }) }, 'Waiting'],
  ['an order is open', { exec: exec({ openOrders: 1, strategies: [open] }) }, 'Waiting'],
  ['exec has not confirmed twice', { exec: exec({ strategies: [unverified] }) }, 'Waiting'],
  ['the report is old', { exec: exec({ strategies: [empty] }, false) }, 'ExecSilent'],
  ['exec ran and never reported here', { exec: undefined }, 'ExecSilent'],
  ['there never was an exec', { exec: undefined, neverRan: true }, 'NothingOpen'],
  ['there is no configuration and exec reports nothing open', { exec: exec(), config: undefined }, 'NothingOpen'],
  ['there is no configuration and exec is silent', { exec: exec({}, false), config: undefined }, 'ExecSilent'],
];
for (const [reason, given, want] of portfolioCases) {
  test(`portfolioEvidence: ${want} when ${reason}`, () =>
    assert.equal(portfolioEvidence({ exec: undefined, neverRan: false, config, ...given }).kind, want));
}

const strategyCases: readonly (readonly [reason: string, given: Partial<StrategyEvidenceInput>, want: string])[] = [
  ['exec confirms that it is halted and empty', { exec: exec({ strategies: [empty] }) }, 'NothingOpen'],
  ['exec has an order of it', { exec: exec({ strategies: [open] }) }, 'Waiting'],
  ['exec has not confirmed twice', { exec: exec({ strategies: [unverified] }) }, 'Waiting'],
  ['it is not halted in the configuration yet', { exec: exec({ strategies: [empty] }), config: running }, 'Waiting'],
  ['exec runs another configuration', { exec: exec({ configHash: 'd'.repeat(64), strategies: [empty] }) }, 'Waiting'],
  ['exec was never told of it', { exec: exec({ strategies: [] }), config: { ...config, strategies: [] } }, 'NothingOpen'],
  ['an exec that reports no strategies has no open order', { exec: exec() }, 'NothingOpen'],
  ['an exec that reports no strategies has an open order', { exec: exec({ openOrders: 1 }) }, 'Waiting'],
  ['exec is silent', { exec: exec({ strategies: [empty] }, false) }, 'ExecSilent'],
  ['exec ran and never reported here', { exec: undefined }, 'ExecSilent'],
  ['there never was an exec', { exec: undefined, neverRan: true }, 'NothingOpen'],
  ['the configuration is lost and exec reports it empty', { exec: exec({ strategies: [empty] }), config: undefined }, 'NothingOpen'],
  ['the configuration is lost and exec is silent', { exec: exec({ strategies: [empty] }, false), config: undefined }, 'ExecSilent'],
  ['the Portfolio is gone, and exec confirmed last', { exec: exec({ strategies: [empty] }, false), portfolioGone: true }, 'NothingOpen'],
  ['the Portfolio is gone, and exec had an order last', { exec: exec({ strategies: [open] }, false), portfolioGone: true }, 'ExecSilent'],
  [
    'the Portfolio is gone, and exec confirmed another configuration',
    { exec: exec({ configHash: 'd'.repeat(64), strategies: [empty] }, false), portfolioGone: true },
    'ExecSilent',
  ],
  [
    'the Portfolio is gone with its configuration',
    { exec: exec({ strategies: [empty] }, false), portfolioGone: true, config: undefined },
    'ExecSilent',
  ],
];
for (const [reason, given, want] of strategyCases) {
  test(`strategyEvidence: ${want} when ${reason}`, () => {
    const input = { strategy: 'btc', portfolioGone: false, exec: undefined, neverRan: false, config, ...given };
    assert.equal(strategyEvidence(input).kind, want);
  });
}
