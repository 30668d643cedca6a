import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { busRights } from './bus-rights.ts';
import { compileRole } from './compile-role.ts';
import { permissionMatrix } from './permission-matrix.ts';
import { roleInForce } from './role-in-force.ts';
import { AGENT, finding, roleSpecs, userInstruments } from './testing/random-roles.ts';

test('permissionMatrix: no cell is both allowed and denied, and every grant of the compile is in it', () => {
  fc.assert(
    fc.property(roleSpecs, userInstruments, (spec, instruments) => {
      const role = roleInForce({ agentRoleRef: { name: 'r' }, instruments }, finding(spec));
      const compiled = compileRole(role, AGENT, instruments);
      const cells = permissionMatrix(compiled, compileRole(undefined, AGENT, instruments), role);
      const verdicts = new Map<string, string>();
      for (const { plane, may, on, verdict } of cells) {
        const key = `${plane} ${may} ${on}`;
        assert.equal(verdicts.get(key) ?? verdict, verdict, key);
        verdicts.set(key, verdict);
      }
      const allowed = new Set(cells.filter(({ verdict }) => verdict === 'allowed').map(({ on }) => on));
      for (const subject of busRights(compiled.bus.principal, '<hash>').publish) assert.ok(allowed.has(subject), subject);
      for (const subject of compiled.bus.consumer?.filterSubjects ?? []) assert.ok(allowed.has(subject), subject);
      for (const must of [
        'writes the halt record',
        'deletes streams',
        'publishes executions',
        'acknowledges for another',
        'calls the API server',
      ]) {
        assert.ok(
          cells.some(({ may, verdict }) => may === must && verdict === 'denied'),
          must,
        );
      }
    }),
  );
});

test('permissionMatrix: exec may publish executions, and an attempt that is allowed is in no denial', () => {
  const compiled = compileRole(undefined, { role: 'Exec', portfolio: 'main' });
  const cells = permissionMatrix(compiled, compiled, undefined);
  assert.ok(!cells.some(({ may }) => may === 'publishes executions'));
  assert.ok(cells.some(({ may, on, verdict }) => may === 'publishes' && on === 'executions.*.main.*' && verdict === 'allowed'));
  assert.ok(cells.some(({ may, verdict }) => may === 'writes the halt record' && verdict === 'denied'));
});
