import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sortResources } from './read-resources.ts';

const item = (kind: string, name: string, spec: object, status?: object) => ({
  apiVersion: 'flotilla.dev/v1alpha1',
  kind,
  metadata: { name },
  spec,
  ...(status === undefined ? {} : { status }),
});
const HALT = { scope: { type: 'All' }, mode: 'CancelAndHold', reason: 'a drill' };

test('sortResources: keeps fields that this build does not know, when a newer version wrote them', () => {
  const { killSwitches, problems } = sortResources([
    item('KillSwitch', 'drill', { ...HALT, colour: 'red' }, { state: 'Engaged', mood: 'calm' }),
  ]);
  assert.deepEqual(
    [killSwitches[0]?.spec, killSwitches[0]?.status],
    [
      { ...HALT, colour: 'red' },
      { state: 'Engaged', mood: 'calm' },
    ],
  );
  assert.deepEqual(problems, []);
});

test('sortResources: shows the object without its status and names the problem, when the status cannot be read', () => {
  const { killSwitches, problems } = sortResources([item('KillSwitch', 'drill', HALT, { state: 'Draining' })]);
  assert.deepEqual([killSwitches.length, killSwitches[0]?.status], [1, undefined]);
  assert.match(problems[0] ?? '', /^KillSwitch drill: this version of the command cannot read its status: state: /);
});

test('sortResources: leaves the object out and names the problem, when the spec cannot be read', () => {
  const { killSwitches, problems } = sortResources([
    item('KillSwitch', 'drill', { scope: { type: 'Planet' } }),
    item('KillSwitch', 'other', HALT),
  ]);
  assert.deepEqual(
    killSwitches.map(({ metadata }) => metadata.name),
    ['other'],
  );
  assert.match(problems[0] ?? '', /^KillSwitch drill: this version of the command cannot read its spec: /);
});
