import assert from 'node:assert/strict';
import { test } from 'node:test';
import { givenContainer } from '../testing/given.ts';
import { containerLaunch } from './container-launch.ts';
import { ContainerBlocked } from './object-source.ts';
import { rewritePaths } from './rewrite-paths.ts';

const MAPPINGS = [
  { containerPath: '/app', hostPath: '/home/me/flotilla' },
  { containerPath: '/etc/flotilla', hostPath: '/state/a' },
  { containerPath: '/etc/flotilla/secrets', hostPath: '/state/b' },
];

const REWRITES = [
  { text: '/etc/flotilla', path: '/state/a', reason: 'it is the mount' },
  { text: '/etc/flotilla/x.json', path: '/state/a/x.json', reason: 'it lies in the mount' },
  { text: '/etc/flotilla/secrets/k', path: '/state/b/k', reason: 'the longest mount wins' },
  { text: '/etc/flotillas', path: '/etc/flotillas', reason: 'it only begins with the same letters' },
  { text: '--config=/etc/flotilla/x', path: '--config=/state/a/x', reason: "it is a flag's value" },
  { text: 'see /etc/flotilla', path: 'see /etc/flotilla', reason: 'it does not begin with the mount' },
  { text: 'a=/etc/flotilla', path: 'a=/etc/flotilla', reason: 'it does not begin as a flag does' },
] as const;

for (const { text, path, reason } of REWRITES) {
  test(`rewritePaths: ${text} is ${path}, because ${reason}`, () => {
    assert.equal(rewritePaths(text, MAPPINGS), path);
  });
}

const INPUT = { environment: { DIR: '/etc/flotilla/x', N: '3' }, mappings: MAPPINGS, nodeBinary: '/opt/node', defaultDir: '/state/root' };

test('containerLaunch: runs our node in the checkout, when the container says node in /app', () => {
  const container = givenContainer({ command: ['node', 'exec/main.ts'], args: ['--n=$(N)', '$(DIR)'], workingDir: '/app' });
  assert.deepEqual(containerLaunch({ ...INPUT, container }), {
    command: '/opt/node',
    args: ['exec/main.ts', '--n=3', '/state/a/x'],
    cwd: '/home/me/flotilla',
    env: { DIR: '/state/a/x', N: '3' },
  });
});

test('containerLaunch: blocks a container without command, because there is no image', () => {
  assert.throws(() => containerLaunch({ ...INPUT, container: { name: 'web', image: 'nginx' } }), ContainerBlocked);
});
