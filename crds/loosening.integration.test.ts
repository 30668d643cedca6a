/** Loosens limits on a real API server, with and without an acknowledgement, and checks its answers. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ResourceKind } from '@flotilla/contracts/resources/catalogue.ts';
import { LIMITS, type LimitPath } from '@flotilla/contracts/resources/loosening.ts';
import type { RiskPolicySpec } from '@flotilla/contracts/resources/risk-policy.ts';
import { CRD_NAMESPACE, type CrdServer, objectOf, resourceType, startCrdServer } from './testing/crd-server.ts';

type Value = string | number | undefined;

const BASE: RiskPolicySpec = {
  order: { maxNotional: '50000', maxQuantity: '10', priceCollarBps: 100, maxMessagesPerSecond: 20 },
  position: { maxNotional: '200000', maxQuantity: '5' },
  portfolio: { maxGrossNotional: '500000', maxLeverage: '2.0', maxDailyLoss: '25000' },
};
let crds: CrdServer;
let count = 0;

before(async () => {
  crds = await startCrdServer();
});
after(() => crds.stop());

/** The spec with another value of one limit; undefined removes the limit. */
function withLimit(path: LimitPath, value: Value, acknowledged?: RiskPolicySpec['acknowledgedLoosening']): RiskPolicySpec {
  const [group, field] = path.split('.') as ['order' | 'position' | 'portfolio', string];
  const { [field]: _old, ...rest } = BASE[group] as Readonly<Record<string, Value>>;
  const changed = { ...BASE, [group]: { ...rest, ...(value === undefined ? {} : { [field]: value }) } };
  return { ...changed, ...(acknowledged === undefined ? {} : { acknowledgedLoosening: acknowledged }) };
}

/** Applies each spec in turn, as a user does; resolves to the refusal of the last one, if it is refused. */
async function replaceBy(kind: ResourceKind, ...specs: readonly unknown[]): Promise<string | undefined> {
  const name = `changed-${(count += 1)}`;
  const apply = (spec: unknown): Promise<unknown> =>
    crds.cluster.apply(resourceType(kind), objectOf(kind, name, spec), { fieldManager: 'user' });
  for (const spec of specs.slice(0, -1)) await apply(spec);
  return apply(specs.at(-1)).then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
}

/** For each limit: a looser value, a tighter value, and the same number in another notation. */
const VALUES: Readonly<Record<LimitPath, { readonly looser: string | number; readonly tighter: string | number; readonly same?: string }>> =
  {
    'order.maxNotional': { looser: '50000.01', tighter: '9000', same: '50000.00' },
    'order.maxQuantity': { looser: '10.000000000001', tighter: '9.99999999999999', same: '10.0' },
    'order.priceCollarBps': { looser: 101, tighter: 99 },
    'order.maxMessagesPerSecond': { looser: 21, tighter: 3 },
    'position.maxNotional': { looser: '1000000', tighter: '30000', same: '200000.0' },
    'position.maxQuantity': { looser: '40', tighter: '4.5', same: '5.0' },
    'portfolio.maxGrossNotional': { looser: '500001', tighter: '6', same: '500000.000' },
    'portfolio.maxLeverage': { looser: '10', tighter: '1.99', same: '2' },
    'portfolio.maxDailyLoss': { looser: '100000', tighter: '3000', same: '25000.0' },
  };

for (const { path, optional } of LIMITS) {
  const { looser, tighter, same } = VALUES[path];

  test(`RiskPolicy ${path}: is refused, when it is loosened without a word, with both values and what to add`, async () => {
    const refusal = await replaceBy('RiskPolicy', BASE, withLimit(path, looser));
    assert.match(refusal ?? '', new RegExp(`${path} is loosened from [0-9.]+: add {limit: ${path}, to: "${String(looser)}"}`));
  });

  test(`RiskPolicy ${path}: is loosened, when the very value is acknowledged with the change`, async () => {
    assert.equal(await replaceBy('RiskPolicy', BASE, withLimit(path, looser, [{ limit: path, to: String(looser) }])), undefined);
  });

  test(`RiskPolicy ${path}: is refused, when another value or another limit is acknowledged`, async () => {
    const other = path === 'order.maxNotional' ? 'position.maxNotional' : 'order.maxNotional';
    assert.match((await replaceBy('RiskPolicy', BASE, withLimit(path, looser, [{ limit: path, to: '49999' }]))) ?? '', /is loosened from/);
    assert.match(
      (await replaceBy('RiskPolicy', BASE, withLimit(path, looser, [{ limit: other, to: String(looser) }]))) ?? '',
      /is loosened from/,
    );
  });

  test(`RiskPolicy ${path}: is tightened at once, also while an acknowledgement of another value stands there`, async () => {
    assert.equal(await replaceBy('RiskPolicy', BASE, withLimit(path, tighter)), undefined);
    const acknowledged = [{ limit: path, to: String(looser) }];
    assert.equal(
      await replaceBy('RiskPolicy', BASE, withLimit(path, looser, acknowledged), withLimit(path, tighter, acknowledged)),
      undefined,
    );
  });

  test(`RiskPolicy ${path}: is refused, when an acknowledgement that was there before stands for another loosening`, async () => {
    const acknowledged = [{ limit: path, to: String(looser) }];
    const steps = [BASE, withLimit(path, looser, acknowledged), withLimit(path, tighter, acknowledged)];
    assert.match(
      (await replaceBy('RiskPolicy', ...steps, withLimit(path, looser, acknowledged))) ?? '',
      /an acknowledgement that was there before does not count/,
    );
    const again = [{ limit: path, to: String(looser), reason: 'agreed anew' }];
    assert.equal(await replaceBy('RiskPolicy', ...steps, withLimit(path, looser, again)), undefined);
    // An acknowledgement that was stored by an earlier update does not count either.
    assert.match(
      (await replaceBy('RiskPolicy', BASE, { ...BASE, acknowledgedLoosening: acknowledged }, withLimit(path, looser, acknowledged))) ?? '',
      /is loosened/,
    );
  });

  if (same !== undefined) {
    test(`RiskPolicy ${path}: is not loosened, when the same number is written otherwise`, async () => {
      assert.equal(await replaceBy('RiskPolicy', BASE, withLimit(path, same)), undefined);
    });
  }

  if (optional) {
    test(`RiskPolicy ${path}: is loosened, when it is taken away`, async () => {
      assert.match((await replaceBy('RiskPolicy', BASE, withLimit(path, undefined))) ?? '', /from [0-9.]+: add {limit: .*, to: "none"}/);
      assert.equal(await replaceBy('RiskPolicy', BASE, withLimit(path, undefined, [{ limit: path, to: 'none' }])), undefined);
      assert.match((await replaceBy('RiskPolicy', BASE, withLimit(path, looser, [{ limit: path, to: 'none' }]))) ?? '', /is loosened/);
    });

    test(`RiskPolicy ${path}: is tightened, when it is given where none was`, async () => {
      assert.equal(await replaceBy('RiskPolicy', withLimit(path, undefined), BASE), undefined);
    });
  }
}

test('RiskPolicy: names every limit that is loosened at once', async () => {
  const refusal = await replaceBy('RiskPolicy', BASE, { ...BASE, order: { ...BASE.order, maxNotional: '60000', priceCollarBps: 200 } });
  assert.match(refusal ?? '', /order\.maxNotional is loosened from 50000: .* to: "60000"/);
  assert.match(refusal ?? '', /order\.priceCollarBps is loosened from 100: .* to: "200"/);
});

const PORTFOLIO = {
  baseCurrency: 'USD',
  venue: { type: 'Paper', paper: { startingCash: '1', takerFeeBps: 0 } },
  riskPolicyRef: { name: 'careful' },
};
const bold = { ...PORTFOLIO, riskPolicyRef: { name: 'bold' } };
const change = { from: 'careful', to: 'bold' };

const changes: readonly { readonly reason: string; readonly specs: readonly unknown[]; readonly want: RegExp | undefined }[] = [
  {
    reason: 'nothing acknowledges it',
    specs: [PORTFOLIO, bold],
    want: /changed from careful to bold, .* add acknowledgedPolicyChange: {from: careful, to: bold}/,
  },
  { reason: 'the change is acknowledged', specs: [PORTFOLIO, { ...bold, acknowledgedPolicyChange: change }], want: undefined },
  {
    reason: 'another change is acknowledged',
    specs: [PORTFOLIO, { ...bold, acknowledgedPolicyChange: { from: 'careful', to: 'other' } }],
    want: /is changed/,
  },
  {
    reason: 'the acknowledgement was there before',
    specs: [PORTFOLIO, { ...PORTFOLIO, acknowledgedPolicyChange: change }, { ...bold, acknowledgedPolicyChange: change }],
    want: /is changed/,
  },
];
for (const { reason, specs, want } of changes) {
  test(`Portfolio riskPolicyRef: is ${want === undefined ? 'changed' : 'refused'}, when ${reason}`, async () => {
    const refusal = await replaceBy('Portfolio', ...specs);
    if (want === undefined) assert.equal(refusal, undefined);
    else assert.match(refusal ?? '', want);
  });
}

const STRATEGY = {
  portfolioRef: { name: 'main' },
  agent: { builtIn: 'Momentum' },
  instruments: ['BTC-USD'],
  capital: { maxNotional: '1' },
};
const careful = { ...STRATEGY, riskPolicyRef: { name: 'careful' } };
const boldStrategy = { ...STRATEGY, riskPolicyRef: { name: 'bold' } };

const ownChanges: typeof changes = [
  {
    reason: 'nothing acknowledges that it is another one',
    specs: [careful, boldStrategy],
    want: /changed from careful to bold, .* {from: careful, to: bold}/,
  },
  {
    reason: 'nothing acknowledges that it is taken away',
    specs: [careful, STRATEGY],
    want: /changed from careful to nothing, .* {from: careful}/,
  },
  {
    reason: 'taking it away is acknowledged',
    specs: [careful, { ...STRATEGY, acknowledgedPolicyChange: { from: 'careful' } }],
    want: undefined,
  },
  { reason: 'one is named where none was', specs: [STRATEGY, careful], want: undefined },
  {
    reason: 'the acknowledgement was there before',
    specs: [
      careful,
      { ...STRATEGY, acknowledgedPolicyChange: { from: 'careful' } },
      { ...careful, acknowledgedPolicyChange: { from: 'careful' } },
      { ...STRATEGY, acknowledgedPolicyChange: { from: 'careful' } },
    ],
    want: /an acknowledgement that was there before does not count/,
  },
];
for (const { reason, specs, want } of ownChanges) {
  test(`Strategy riskPolicyRef: is ${want === undefined ? 'changed' : 'refused'}, when ${reason}`, async () => {
    const refusal = await replaceBy('Strategy', ...specs);
    if (want === undefined) assert.equal(refusal, undefined);
    else assert.match(refusal ?? '', want);
  });
}

/** Applies a spec, writes into the status which policy is in force, and applies the next spec; resolves to the refusal of that, if it is refused. */
async function replaceInForce(kind: ResourceKind, first: unknown, inForce: string, next: unknown): Promise<string | undefined> {
  const name = `changed-${(count += 1)}`;
  const type = resourceType(kind);
  await crds.cluster.apply(type, objectOf(kind, name, first), { fieldManager: 'user' });
  const status = { status: { riskPolicyInForce: inForce } };
  await crds.cluster.patch(type, { namespace: CRD_NAMESPACE, name }, status, { subresource: 'status' });
  return crds.cluster.apply(type, objectOf(kind, name, next), { fieldManager: 'user' }).then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
}

const misspelt = { ...STRATEGY, riskPolicyRef: { name: 'carefull' } };
const fromCareful = { ...misspelt, acknowledgedPolicyChange: { from: 'careful', to: 'carefull' } };
const inForceCases: readonly {
  readonly reason: string;
  readonly kind: ResourceKind;
  readonly first: unknown;
  readonly inForce: string;
  readonly next: unknown;
  readonly want: RegExp | undefined;
}[] = [
  { reason: 'a misspelt policy is taken away again', kind: 'Strategy', first: misspelt, inForce: '', next: STRATEGY, want: undefined },
  { reason: 'a misspelt policy is corrected', kind: 'Strategy', first: misspelt, inForce: '', next: careful, want: undefined },
  {
    reason: 'the policy that is still in force is named again',
    kind: 'Strategy',
    first: fromCareful,
    inForce: 'careful',
    next: careful,
    want: undefined,
  },
  {
    reason: 'the policy that is still in force would be left behind a misspelt one',
    kind: 'Strategy',
    first: fromCareful,
    inForce: 'careful',
    next: STRATEGY,
    want: /changed from careful to nothing/,
  },
  {
    reason: 'another field changes while a misspelt policy is named',
    kind: 'Strategy',
    first: fromCareful,
    inForce: 'careful',
    next: { ...fromCareful, desiredState: 'Paused' },
    want: undefined,
  },
  {
    reason: 'a Portfolio was created with a misspelt policy',
    kind: 'Portfolio',
    first: { ...PORTFOLIO, riskPolicyRef: { name: 'carefull' } },
    inForce: '',
    next: PORTFOLIO,
    want: undefined,
  },
  {
    reason: 'a policy in force is replaced',
    kind: 'Portfolio',
    first: PORTFOLIO,
    inForce: 'careful',
    next: bold,
    want: /changed from careful to bold/,
  },
];
for (const { reason, kind, first, inForce, next, want } of inForceCases) {
  test(`${kind} riskPolicyRef: is ${want === undefined ? 'changed' : 'refused'}, when ${reason}`, async () => {
    const refusal = await replaceInForce(kind, first, inForce, next);
    if (want === undefined) assert.equal(refusal, undefined);
    else assert.match(refusal ?? '', want);
  });
}

test('CRD_NAMESPACE: holds what these tests wrote', async () => {
  const { items } = await crds.cluster.list(resourceType('RiskPolicy'), { namespace: CRD_NAMESPACE });
  assert.ok(items.length >= LIMITS.length);
});
