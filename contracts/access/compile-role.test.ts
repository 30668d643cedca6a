/** An AgentRole only takes away: of any role, what is granted lies within the built-in role. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AgentRoleSpec, agentRoleSpecSchema } from '../resources/agent-role.ts';
import { busRights } from './bus-rights.ts';
import { compileRole } from './compile-role.ts';
import { subjectInAccount } from './core-account.ts';
import { roleInForce } from './role-in-force.ts';
import { AGENT, finding, roleSpecs, userInstruments } from './testing/random-roles.ts';

test('compileRole: no role grants more than the built-in role, but for the hosts that it names', () => {
  fc.assert(
    fc.property(roleSpecs, userInstruments, (spec, instruments) => {
      const role = roleInForce({ agentRoleRef: { name: 'r' }, instruments }, finding(spec));
      const [builtIn, narrowed] = [compileRole(undefined, AGENT, instruments), compileRole(role, AGENT, instruments)];
      const [all, left] = [builtIn, narrowed].map(({ bus }) => busRights(bus.principal, 'hash'));
      assert.ok(all !== undefined && left !== undefined);
      const outside = left.publish.filter((subject) => !all.publish.includes(subject));
      const diverted = `quarantine.agent-main_a.decisions.*.main.a`;
      const publications = publicationsOf(spec, role?.ok);
      // One token longer, and stored without it: a part of `decisions.*.main.a`.
      const proposals = 'decisions.proposal.main.a.*';
      assert.deepEqual(outside, publications === 'Quarantine' ? [diverted] : publications === 'Proposals' ? [proposals] : []);
      const names = new Set([...all.publish.map(subjectInAccount), ...(publications === 'Proposals' ? [proposals] : [])]);
      assert.ok(left.publish.map(subjectInAccount).every((subject) => names.has(subject)));
      assert.deepEqual([left.hear, left.answer, left.ask], [all.hear, all.answer, all.ask]);
      assert.deepEqual([narrowed.store, narrowed.kubernetes], [builtIn.store, builtIn.kubernetes]);
      assert.deepEqual(narrowed.network.servers, builtIn.network.servers);
      assert.deepEqual(narrowed.network.hosts, role?.ok === true ? (hostsOf(spec) ?? []) : []);
    }),
  );
});

test('compileRole: the consumer gets no signal that the built-in role would not get, and never all of them', () => {
  fc.assert(
    fc.property(roleSpecs, userInstruments, (spec, instruments) => {
      const role = roleInForce({ agentRoleRef: { name: 'r' }, instruments }, finding(spec));
      const consumer = compileRole(role, AGENT, instruments).bus.consumer;
      if (role?.ok !== true) return assert.equal(consumer, undefined);
      const venues = role.spec.signals?.venues ?? ['*'];
      const wanted = venues.flatMap((venue) => instruments.map((instrument) => `signals.normalized.${venue}.${instrument}`));
      assert.deepEqual(consumer?.filterSubjects, wanted);
      assert.ok(wanted.length > 0);
    }),
  );
});

test('compileRole: instruments that the role does not allow are left out of the filter of an old revision', () => {
  const role = roleInForce({ agentRoleRef: { name: 'r' }, instruments: ['BTC-USD'] }, finding({ signals: { instruments: ['BTC-USD'] } }));
  const filter = compileRole(role, AGENT, ['BTC-USD', 'ETH-USD']).bus.consumer?.filterSubjects;
  assert.deepEqual(filter, ['signals.normalized.*.BTC-USD']);
  assert.equal(
    compileRole(role, AGENT, ['ETH-USD']).bus.consumer,
    undefined,
    'no consumer, because one without a filter would get every signal',
  );
});

test('compileRole: a role that is missing, unreadable or of a later version takes the decisions away', () => {
  for (const spec of [undefined, { publications: 'Elsewhere' }, { limits: {} }, { signals: { instruments: ['ETH-USD'] } }]) {
    const role = roleInForce({ agentRoleRef: { name: 'r' }, instruments: ['BTC-USD'] }, finding(spec));
    const { publish } = busRights(compileRole(role, AGENT).bus.principal, 'hash');
    assert.deepEqual(
      publish.filter((subject) => subject.includes('decisions')),
      [],
      JSON.stringify(spec),
    );
  }
});

test('compileRole: roles change nothing for other principals', () => {
  const role = roleInForce({ agentRoleRef: { name: 'r' } }, finding({ publications: 'Nothing', hosts: [] }));
  for (const principal of [
    { role: 'Exec', portfolio: 'main' },
    { role: 'Gateway' },
    { role: 'Normaliser' },
    { role: 'AuditWriter' },
    { role: 'Reader' },
  ] as const) {
    assert.deepEqual(compileRole(role, principal), compileRole(undefined, principal));
  }
});

function publicationsOf(spec: unknown, ok: boolean | undefined): AgentRoleSpec['publications'] {
  return ok === true ? agentRoleSpecSchema.parse(spec).publications : 'Nothing';
}

function hostsOf(spec: unknown): AgentRoleSpec['hosts'] {
  return agentRoleSpecSchema.parse(spec).hosts;
}
