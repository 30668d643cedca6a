/** Cyclonus' matcher says of every pair of peers and every port that the policies of chart and operator allow exactly the expected connections. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeTraffic, type TrafficQuestion, type TrafficVerdict } from './testing/network-judge.ts';
import { type AllowedReach, NETWORK_CASES, type NetworkCase, PROBED_PORTS } from './testing/network-expectations.ts';
import { brokenPolicies } from './testing/broken-policies.ts';
import { networkWorld, type NetworkPolicy, type NetworkWorld } from './testing/network-world.ts';

const nameOf = ({ from, to, port, protocol }: TrafficQuestion): string => `${from} → ${to}:${port}/${protocol}`;

/** Every ordered pair, with each port. A peer and itself are two pods of one workload. */
function questionsAbout({ own, foreign }: NetworkWorld): readonly TrafficQuestion[] {
  const names = [...Object.keys(own), ...Object.keys(foreign)];
  return names.flatMap((from) =>
    names.flatMap((to) =>
      PROBED_PORTS.map((one): TrafficQuestion => {
        const [port, protocol] = one.split('/');
        return { from, to, port: Number(port), protocol: protocol as 'TCP' | 'UDP' };
      }),
    ),
  );
}

/** Names of the connections that one end allows by the table. */
function allowedAt(end: 'egress' | 'ingress', allowed: readonly AllowedReach[]): ReadonlySet<string> {
  const rows = allowed.filter(({ onlyAt = end }) => onlyAt === end);
  return new Set(rows.flatMap(({ from, to, ports }) => from.flatMap((a) => to.flatMap((b) => ports.map((port) => `${a} → ${b}:${port}`)))));
}

function verdictOf(egress: boolean, ingress: boolean): TrafficVerdict {
  if (egress) return ingress ? 'allowed' : 'denied by ingress';
  return ingress ? 'denied by egress' : 'denied by both';
}

/** For each set of policies the connections on which the judge contradicts the table. */
function contradictions({ allowed }: NetworkCase, world: NetworkWorld, policySets: readonly (readonly NetworkPolicy[])[]) {
  const { own, foreign } = world;
  const [egress, ingress] = [allowedAt('egress', allowed), allowedAt('ingress', allowed)];
  const questions = questionsAbout(world);
  const expected = questions.map((question): TrafficVerdict => {
    const [name, isOwn] = [nameOf(question), (peer: string): boolean => Object.hasOwn(own, peer)];
    return verdictOf(!isOwn(question.from) || egress.has(name), !isOwn(question.to) || ingress.has(name));
  });
  const asked = new Set(questions.map(nameOf));
  assert.deepEqual([...egress.union(ingress).difference(asked)], [], 'the table names peers or ports that the test does not ask about');
  return judgeTraffic({ ...own, ...foreign }, questions, policySets).map((verdicts) =>
    questions.flatMap((question, index) =>
      verdicts[index] === expected[index] ? [] : [`${nameOf(question)}: expected ${expected[index]}, found ${verdicts[index]}`],
    ),
  );
}

for (const [name, networkCase] of Object.entries(NETWORK_CASES)) {
  test(`network, ${name}: allows what the table lists between every two peers, and nothing else`, async () => {
    const world = await networkWorld(networkCase.chartCase);
    assert.deepEqual(contradictions(networkCase, world, [world.policies]), [[]]);
  });

  test(`network, ${name}: every workload has a policy of its own`, async () => {
    const { own, policies } = await networkWorld(networkCase.chartCase);
    const namespaces = new Set(Object.values(own).map(({ namespace }) => namespace));
    // A list of tenants brings the policy that denies to namespaces without a pod of this world.
    const inWorld = policies.filter(({ metadata: { namespace } }) => namespace === undefined || namespaces.has(namespace));
    const selected = inWorld.map(({ metadata, spec: { podSelector, policyTypes } }) => {
      const labels = Object.entries(podSelector.matchLabels ?? {});
      const pods = Object.keys(own).filter((pod) => labels.every(([key, value]) => own[pod]?.labels?.[key] === value));
      return { policy: metadata.name, pods, policyTypes };
    });
    const policyTypes = ['Ingress', 'Egress'];
    const expected = Object.keys(own)
      .filter((pod) => pod !== 'newcomer')
      .map((pod) => ({ policy: pod, pods: [pod], policyTypes }));
    const everyPod = { policy: 'flotilla-default-deny', pods: Object.keys(own), policyTypes };
    const byName = (a: { readonly policy: string }, b: { readonly policy: string }): number => (a.policy < b.policy ? -1 : 1);
    assert.deepEqual(selected.toSorted(byName), [...expected, everyPod].toSorted(byName));
  });
}

test('network: the table finds every broken variant of every policy', async () => {
  const world = await networkWorld(NETWORK_CASES.durable.chartCase);
  const broken = brokenPolicies(world.policies);
  const found = contradictions(
    NETWORK_CASES.durable,
    world,
    broken.map(({ policies }) => policies),
  );
  const missed = broken.filter((_, index) => found[index]?.length === 0);
  assert.deepEqual(
    missed.map(({ what }) => what),
    [],
  );
  assert.ok(broken.length > 100, `expected more than a hundred variants, found ${broken.length}`);
});

test('network: the judge refuses a policy with a field that Kubernetes does not know', async () => {
  const { policies, own } = await networkWorld(NETWORK_CASES.defaults.chartCase);
  const [first] = policies;
  assert.ok(first !== undefined);
  const misspelt = { ...first, spec: { ...first.spec, egres: [] } };
  assert.throws(() => judgeTraffic(own, [], [[misspelt]]), /unknown field "egres"/);
});
