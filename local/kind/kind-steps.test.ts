import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { installSteps, type KindInput, missingForKind, nextSteps, prepareSteps } from './kind-steps.ts';

const checkoutDir = join(import.meta.dirname, '../..');
const input: KindInput = {
  programs: { docker: 'docker', kind: 'kind', helm: 'helm' },
  checkoutDir,
  kubeconfig: '/state/kind.kubeconfig',
  clusters: [],
};

test('prepareSteps: creates the cluster once, and builds each time', () => {
  const words = (clusters: readonly string[]) =>
    prepareSteps({ ...input, clusters }, 'flotilla:kind').map(({ command }) => command.slice(0, 3).join(' '));
  assert.deepEqual(words([]), ['kind create cluster', 'docker build --tag']);
  assert.deepEqual(words(['other', 'flotilla']), ['kind export kubeconfig', 'docker build --tag']);
});

test('installSteps: loads the image before the charts, and the kinds before what is of them', () => {
  const steps = installSteps(input, { name: 'flotilla', tag: 'abc' });
  assert.deepEqual(
    steps.map(({ command }) => command.slice(0, 4).join(' ')),
    [
      'docker tag flotilla:kind flotilla:abc',
      'kind load docker-image flotilla:abc',
      'helm upgrade --install flotilla-crds',
      'helm upgrade --install flotilla',
    ],
  );
  for (const { command } of steps) for (const word of command) if (word.startsWith(checkoutDir)) assert.ok(existsSync(word), word);
  assert.ok(steps.at(-1)?.command.includes('image.repository=flotilla,image.tag=abc'));
});

test('missingForKind: says what is not there and what to do, and nothing when all is', () => {
  assert.deepEqual(missingForKind({ docker: true, dockerAnswers: true, kind: true }), []);
  assert.match(
    missingForKind({ docker: false, dockerAnswers: false, kind: false }).join('\n'),
    /^docker: not in PATH; .*\nkind: not in PATH; /,
  );
  assert.match(missingForKind({ docker: true, dockerAnswers: false, kind: true }).join('\n'), /^docker: its daemon does not answer/);
});

test('nextSteps: names the kubeconfig and a manifest that exists', () => {
  const text = nextSteps('/state/kind.kubeconfig');
  assert.match(text, /export KUBECONFIG=\/state\/kind\.kubeconfig/);
  const [manifest = ''] = /examples\/\S+\.yaml/.exec(text) ?? [];
  assert.ok(existsSync(join(checkoutDir, manifest)), manifest);
});
