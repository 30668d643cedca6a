import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGENT_PARAMETERS, type BuiltInAgent, parseAgentParameters } from './agent-parameters.ts';
import { nearestName } from './nearest-name.ts';

const accepted: readonly { readonly reason: string; readonly agent: BuiltInAgent; readonly given: unknown; readonly want: object }[] = [
  {
    reason: 'defaults fill what is absent',
    agent: 'Momentum',
    given: { quantity: '0.5' },
    want: { quantity: '0.5', fastBars: 10, slowBars: 30, thresholdBps: 0, allowShort: false, orderTtlSeconds: 30 },
  },
  {
    reason: 'a notional does instead of a quantity',
    agent: 'MeanReversion',
    given: { notional: '1000', windowBars: 20 },
    want: { notional: '1000', windowBars: 20, entryZScore: 2, exitZScore: 0.5, allowShort: false, orderTtlSeconds: 30 },
  },
  {
    reason: 'an alert agent may follow one source',
    agent: 'Alert',
    given: { quantity: '1', source: 'desk', minimumStrength: 0.6 },
    want: { quantity: '1', source: 'desk', minimumStrength: 0.6, allowShort: false, orderTtlSeconds: 30 },
  },
];

for (const { reason, agent, given, want } of accepted) {
  test(`parseAgentParameters: accepts, ${reason}`, () => {
    assert.deepEqual(parseAgentParameters(agent, given), { ok: true, parameters: want, unknown: [] });
  });
}

const refused: readonly {
  readonly reason: string;
  readonly agent: BuiltInAgent;
  readonly given: unknown;
  readonly path: string;
  readonly message: RegExp;
}[] = [
  {
    reason: 'a misspelt name is named with the right ones',
    agent: 'Momentum',
    given: { quantity: '1', fatsBars: 3 },
    path: '(root)',
    message: /no fatsBars; it takes .*; did you mean fastBars/,
  },
  {
    reason: 'a misspelt size is the only problem: it is not missing as well',
    agent: 'Momentum',
    given: { quantiy: '1' },
    path: '(root)',
    message: /no quantiy; .*did you mean quantity/,
  },
  {
    reason: 'fast must be below slow',
    agent: 'Momentum',
    given: { quantity: '1', fastBars: 30, slowBars: 10 },
    path: 'fastBars',
    message: /below slowBars/,
  },
  { reason: 'a size is needed', agent: 'Alert', given: {}, path: 'quantity', message: /exactly one of quantity and notional/ },
  { reason: 'two sizes contradict', agent: 'Alert', given: { quantity: '1', notional: '2' }, path: 'quantity', message: /exactly one/ },
  { reason: 'a number is not decimal text', agent: 'Alert', given: { quantity: 1 }, path: 'quantity', message: /expected string/ },
  {
    reason: 'a number with an exponent is not a plain decimal',
    agent: 'Alert',
    given: { quantity: '1e3' },
    path: 'quantity',
    message: /plain positive decimal/,
  },
  {
    reason: 'exit must be nearer than entry',
    agent: 'MeanReversion',
    given: { quantity: '1', entryZScore: 1, exitZScore: 1 },
    path: 'exitZScore',
    message: /below entryZScore/,
  },
  { reason: 'counts have bounds', agent: 'MeanReversion', given: { quantity: '1', windowBars: 1 }, path: 'windowBars', message: />=2/ },
];

for (const { reason, agent, given, path, message } of refused) {
  test(`parseAgentParameters: refuses, ${reason}`, () => {
    const result = parseAgentParameters(agent, given);
    assert.ok(!result.ok);
    assert.deepEqual(
      result.problems.map((problem) => problem.path),
      [path],
    );
    assert.match(result.problems[0]!.message, message);
  });
}

test('parseAgentParameters: ignores and names a parameter of a later version', () => {
  const parsed = parseAgentParameters('Momentum', { quantity: '1', volatilityTarget: '0.1' });
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.unknown, ['volatilityTarget']);
  assert.ok(!('volatilityTarget' in parsed.parameters), 'and leaves it out of the parameters');
});

test('AGENT_PARAMETERS: no two names of an agent are so alike that one would count as the other misspelt', () => {
  for (const [agent, { shape }] of Object.entries(AGENT_PARAMETERS)) {
    const names = Object.keys(shape);
    for (const name of names) {
      const others = names.filter((one) => one !== name);
      assert.equal(nearestName(name, others), undefined, `${agent}.${name}: an earlier build would refuse it`);
    }
  }
});
