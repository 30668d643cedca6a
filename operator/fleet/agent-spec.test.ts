import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import { sha256 } from '@flotilla/contracts/values/ids.ts';
import { makeObject } from '../testing/objects.ts';
import { AGENT_SPEC_ANNOTATION, deployedSpecOf, revisionOf } from './agent-spec.ts';

const spec = { agent: 'Momentum', parameters: { quantity: '1' }, instruments: [], image: 'flotilla:1', build: '1' };
const deploymentWith = (text: string) => makeObject('Deployment', 'a-agent', {}, { annotations: { [AGENT_SPEC_ANNOTATION]: text } });

test('deployedSpecOf: keeps fields of another version, so that the revision stays the one that exec knows', () => {
  const later = { ...spec, colour: 'red' };
  const read = deployedSpecOf(deploymentWith(canonicalJson(later)));
  assert.ok(read !== undefined);
  assert.equal(revisionOf(read), sha256(canonicalJson(later)).slice(0, 16));
});

test('deployedSpecOf: reads an agent that this build does not have', () => {
  assert.equal(deployedSpecOf(deploymentWith(canonicalJson({ ...spec, agent: 'PairsTrading' })))?.agent, 'PairsTrading');
});

test('deployedSpecOf: is undefined for text that is not a record', () => assert.equal(deployedSpecOf(deploymentWith('{')), undefined));
