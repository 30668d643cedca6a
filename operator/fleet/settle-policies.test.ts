/** Tests when a policy is settled: as tables, and as a property over every order in which execs adopt it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecConfig, PolicyVersion } from '@flotilla/contracts/control/exec-config.ts';
import fc from 'fast-check';
import { resolvePortfolio } from './resolve-strategy.ts';
import { execReport, findPolicy, NO_EXECS, portfolio } from '../testing/objects.ts';
import { makeExecConfig } from './exec-config.ts';
import { type HeardExecs, holdersOfOtherLimits, settledPolicies } from './settle-policies.ts';

const OLD = 'a'.repeat(64);
const NEW = 'b'.repeat(64);
const version = (hash: string): PolicyVersion => ({ name: 'conservative', hash });
const execs = (...statuses: HeardExecs['statuses']): HeardExecs => ({ complete: true, statuses, written: [] });

const resolved = resolvePortfolio(portfolio, findPolicy);
assert.ok(resolved.ok);
const base = makeExecConfig(resolved, [], undefined, NO_EXECS);
const lastWith = (...policies: NonNullable<ExecConfig['policies']>): ExecConfig => ({ ...base, policies });
const delivering = lastWith({ ...version(NEW), delivery: 'Delivering' });

/** @param last default: the first step is done */
const cases: readonly {
  readonly when: string;
  readonly heard: HeardExecs;
  readonly last?: ExecConfig | undefined;
  readonly want: 'Settled' | 'Delivering';
}[] = [
  { when: 'no other exec is heard', heard: NO_EXECS, want: 'Settled' },
  { when: 'no other exec has it, but the first step is not done', heard: NO_EXECS, last: undefined, want: 'Delivering' },
  {
    when: 'no other exec has it, but what stands are other limits',
    heard: NO_EXECS,
    last: lastWith({ ...version(OLD), delivery: 'Settled' }),
    want: 'Delivering',
  },
  { when: 'the configurations of others were not read', heard: { ...NO_EXECS, written: undefined }, want: 'Delivering' },
  {
    when: 'the configurations of others were not read, and these limits were settled before',
    heard: { ...NO_EXECS, written: undefined },
    last: lastWith({ ...version(NEW), delivery: 'Settled' }),
    want: 'Settled',
  },
  {
    when: 'another portfolio is configured for the old limits, although its exec runs the same',
    heard: {
      ...execs(execReport('second', [version(NEW)])),
      written: [{ portfolio: 'second', policies: [{ ...version(OLD), delivery: 'Delivering' }] }],
    },
    want: 'Delivering',
  },
  {
    when: 'its own configuration alone names the old limits',
    heard: { ...NO_EXECS, written: [{ portfolio: 'main', policies: [{ ...version(OLD), delivery: 'Settled' }] }] },
    want: 'Settled',
  },
  { when: 'only its own exec still runs the old limits', heard: execs(execReport('main', [version(OLD)])), want: 'Settled' },
  { when: 'another exec runs the same limits', heard: execs(execReport('second', [version(NEW)])), want: 'Settled' },
  { when: 'another exec runs the old limits', heard: execs(execReport('second', [version(OLD)])), want: 'Delivering' },
  {
    when: 'one of two others is behind',
    heard: execs(execReport('second', [version(NEW)]), execReport('third', [version(OLD)])),
    want: 'Delivering',
  },
  { when: 'another exec runs another policy', heard: execs(execReport('second', [{ name: 'other', hash: OLD }])), want: 'Settled' },
  { when: 'another exec does not tell what it runs', heard: execs(execReport('second', undefined)), want: 'Delivering' },
  {
    when: 'another exec has no configuration yet',
    heard: execs({ ...execReport('second', undefined), configHash: undefined }),
    want: 'Settled',
  },
  { when: 'reports were not read yet', heard: { ...NO_EXECS, complete: false }, want: 'Delivering' },
  {
    when: 'reports were not read yet, and these limits were settled before',
    heard: { ...NO_EXECS, complete: false },
    last: lastWith({ ...version(NEW), delivery: 'Settled' }),
    want: 'Settled',
  },
  {
    when: 'reports were not read yet, and other limits were settled before',
    heard: { ...NO_EXECS, complete: false },
    last: lastWith({ ...version(OLD), delivery: 'Settled' }),
    want: 'Delivering',
  },
  {
    when: 'these limits were settled before, but another exec runs other ones by now',
    heard: execs(execReport('second', [version(OLD)])),
    last: lastWith({ ...version(NEW), delivery: 'Settled' }),
    want: 'Delivering',
  },
];
for (const { when, heard, want, ...rest } of cases) {
  const last = 'last' in rest ? rest.last : delivering;
  test(`settledPolicies: says ${want}, when ${when}`, () => {
    assert.deepEqual(settledPolicies('main', [version(NEW)], heard, last), [{ ...version(NEW), delivery: want }]);
  });
}

test('holdersOfOtherLimits: names the portfolios, sorted, without its own', () => {
  const heard = execs(execReport('z', [version(OLD)]), execReport('b', [version(OLD)]), execReport('main', [version(OLD)]));
  assert.deepEqual(holdersOfOtherLimits(version(NEW), 'main', heard), ['b', 'z']);
});

test('makeExecConfig: a paused configuration keeps no other portfolio waiting, whatever limits it has', async () => {
  const { pausedExecConfig } = await import('./exec-config.ts');
  assert.deepEqual(pausedExecConfig(base)?.policies, []);
});

/** The operator decides on a configuration, writes it unless another operator wrote since, an exec adopts and reports what is written, the policy changes. */
const step = fc.record({ what: fc.constantFrom('decide', 'write', 'adopt', 'change', 'revert'), who: fc.nat({ max: 2 }) });
const NAMES = ['p0', 'p1', 'p2'];

test('settledPolicies: no two execs take risk under different limits, and it ends by itself, for any schedule', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
      const world = makeWorld();
      world.converge();
      for (const { what, who } of steps) {
        world[what](NAMES[who] ?? 'p0');
        const taking = [...world.running.values()].flatMap(({ policies = [] }) =>
          policies.flatMap(({ hash, delivery }) => (delivery === 'Settled' ? [hash] : [])),
        );
        assert.ok(new Set(taking).size <= 1, 'increases pass under one version alone');
      }
      world.converge();
      for (const name of NAMES) assert.deepEqual(world.running.get(name)?.policies, [{ ...version(world.wanted()), delivery: 'Settled' }]);
    }),
    { numRuns: Number(process.env['FLOTILLA_PROPERTY_RUNS'] ?? 2_000) },
  );
});

function makeWorld() {
  let policy = 1;
  const wanted = (): string => policy.toString(16).padStart(64, '0');
  const decided = new Map<string, { readonly config: ExecConfig; readonly replaces: ExecConfig | undefined }>();
  const written = new Map<string, ExecConfig>();
  const running = new Map<string, ExecConfig>();
  const decide = (name: string): void => {
    const reports = [...running].map(([one, { policies = [] }]) =>
      execReport(
        one,
        policies.map(({ delivery: _delivery, ...rest }) => rest),
      ),
    );
    const replaces = written.get(name);
    const others = [...written.values()].filter(({ portfolio: one }) => one !== name);
    const policies = settledPolicies(name, [version(wanted())], { complete: true, statuses: reports, written: others }, replaces);
    decided.set(name, { config: { ...base, portfolio: name, policies }, replaces });
  };
  const write = (name: string): void => {
    const plan = decided.get(name);
    if (plan !== undefined && plan.replaces === written.get(name)) written.set(name, plan.config);
    decided.delete(name);
  };
  const adopt = (name: string): void => {
    const config = written.get(name);
    if (config !== undefined) running.set(name, config);
  };
  const converge = (): void => {
    for (let round = 0; round < 3; round += 1) for (const act of [decide, write, adopt]) for (const name of NAMES) act(name);
  };
  return { decide, write, adopt, converge, running, wanted, change: () => (policy += 1), revert: () => (policy = Math.max(1, policy - 1)) };
}
