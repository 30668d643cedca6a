import assert from 'node:assert/strict';
import { test } from 'node:test';
import { givenContainer, givenPod, PLACE } from '../testing/given.ts';
import { containerEnvironment } from './environment.ts';
import { expandVariables } from './expand-variables.ts';
import { ContainerBlocked, type ObjectSource } from './object-source.ts';
import type { Container } from './pod-types.ts';

const OBJECTS: ObjectSource = {
  configMap: (name) => (name === 'settings' ? { mode: Buffer.from('fast'), 'not a name': Buffer.from('x') } : undefined),
  secret: (name) =>
    ({
      login: { user: Buffer.from('exec'), password: Buffer.from('s3cret\n') },
      binary: { key: Buffer.from([0x6b, 0xff, 0x80]) },
      zero: { key: Buffer.from([0x6b, 0x00]) },
    })[name],
};

function environment(container: Partial<Container>): Readonly<Record<string, string>> {
  return containerEnvironment(givenContainer(container), givenPod(), PLACE, OBJECTS, { PATH: '/bin' });
}

const EXPANSIONS = [
  { text: '$(A)-$(B)', value: '1-2', reason: 'known names are replaced' },
  { text: '$(C)', value: '$(C)', reason: 'an unknown name stays' },
  { text: '$$(A)', value: '$(A)', reason: 'two dollars escape' },
  { text: '$$$(A)', value: '$1', reason: 'an escape may stand before a name' },
  { text: '$A ${A} $', value: '$A ${A} $', reason: "a shell's syntax is not ours" },
  { text: '$(toString)', value: '$(toString)', reason: 'a member of every object is not a variable' },
] as const;

for (const { text, value, reason } of EXPANSIONS) {
  test(`expandVariables: ${text} is ${value}, because ${reason}`, () => {
    assert.equal(expandVariables(text, { A: '1', B: '2' }), value);
  });
}

test('containerEnvironment: takes values, keys and fields in order, each using those before it', () => {
  assert.deepEqual(
    environment({
      envFrom: [{ configMapRef: { name: 'settings' }, prefix: 'X_' }],
      env: [
        { name: 'USER', valueFrom: { secretKeyRef: { name: 'login', key: 'user' } } },
        { name: 'URL', value: 'nats://$(USER)@$(X_mode)' },
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
      ],
    }),
    { PATH: '/bin', X_mode: 'fast', USER: 'exec', URL: 'nats://exec@fast', IP: '127.9.0.1', APP: 'web' },
  );
});

const MISSING = [
  { env: { secretKeyRef: { name: 'missing', key: 'user' } }, message: 'secret "missing" not found' },
  { env: { secretKeyRef: { name: 'login', key: 'pin' } }, message: "couldn't find key pin in secret login" },
  { env: { configMapKeyRef: { name: 'nothing', key: 'x' } }, message: 'configmap "nothing" not found' },
  { env: { fieldRef: { fieldPath: 'spec.dreams' } }, message: 'A: the process node knows no field spec.dreams' },
] as const;

for (const { env, message } of MISSING) {
  test(`containerEnvironment: blocks the container with ${JSON.stringify(message)}`, () => {
    assert.throws(
      () => environment({ env: [{ name: 'A', valueFrom: env }] }),
      (error) => error instanceof ContainerBlocked && error.reason === 'CreateContainerConfigError' && error.message === message,
    );
  });
}

test('containerEnvironment: keeps the line end of a key, as a kubelet does', () => {
  const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } }];
  assert.equal(environment({ env })['PASSWORD'], 's3cret\n');
});

for (const { name, found } of [
  { name: 'binary', found: 3 },
  { name: 'zero', found: 2 },
]) {
  for (const [from, container, variable] of [
    ['env', { env: [{ name: 'A', valueFrom: { secretKeyRef: { name, key: 'key', optional: true } } }] }, 'A'],
    ['envFrom', { envFrom: [{ secretRef: { name } }] }, 'key'],
  ] as const) {
    test(`containerEnvironment: blocks a container whose ${from} names the Secret ${name}, because its key is not text`, () => {
      const message = `variable ${variable}: expected UTF-8 text without NUL, found ${found} bytes that are not; mount the key as a file instead`;
      assert.throws(
        () => environment(container),
        (error) => error instanceof ContainerBlocked && error.reason === 'CreateContainerError' && error.message === message,
      );
    });
  }
}

test('containerEnvironment: leaves an optional key out, when it is missing', () => {
  assert.deepEqual(environment({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'missing', key: 'user', optional: true } } }] }), {
    PATH: '/bin',
  });
});
