import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { inClusterConnection } from './in-cluster.ts';
import { kubeconfigConnection } from './kubeconfig.ts';
import { makeManualClock } from '../testing/manual-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'flotilla-kubeconfig-'));
after(() => rmSync(folder, { recursive: true }));
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const now = { refresh: false };

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function connect(cluster: string, user: string, clock = makeManualClock()) {
  const path = write(
    'config',
    `current-context: here
contexts:
  - { name: here, context: { cluster: c, user: u, namespace: space } }
  - { name: elsewhere, context: { cluster: missing, user: u } }
clusters: [{ name: c, cluster: { server: "https://127.0.0.1:6443/prefix/", ${cluster} } }]
users: [{ name: u, user: { ${user} } }]
`,
  );
  return kubeconfigConnection({ path }, clock);
}

test('kubeconfigConnection: gives address, prefix and namespace of the current context', () => {
  const { origin, pathPrefix, namespace } = connect('', 'token: t');
  assert.deepEqual([origin, pathPrefix, namespace], ['https://127.0.0.1:6443', '/prefix', 'space']);
});

test('kubeconfigConnection: reads a token, and basic authentication', async () => {
  assert.equal(await connect('', 'token: t').authorization(now), 'Bearer t');
  assert.equal(await connect('', 'username: a, password: b').authorization(now), `Basic ${base64('a:b')}`);
});

test('kubeconfigConnection: reads inline certificates, and certificate files again for each connection', () => {
  write('ca.pem', 'old ca');
  const connection = connect(
    'certificate-authority: ca.pem, tls-server-name: name',
    `client-certificate-data: ${base64('cert')}, client-key-data: ${base64('key')}`,
  );
  assert.deepEqual(connection.tls(), { ca: Buffer.from('old ca'), cert: Buffer.from('cert'), key: Buffer.from('key'), servername: 'name' });
  write('ca.pem', 'new ca');
  assert.deepEqual(connection.tls().ca, Buffer.from('new ca'));
});

test('kubeconfigConnection: skips verification only when the file says so', () => {
  assert.equal(connect('', 'token: t').tls().rejectUnauthorized, undefined);
  assert.equal(connect('insecure-skip-tls-verify: true', 'token: t').tls().rejectUnauthorized, false);
});

test('kubeconfigConnection: reads a token file again after a minute, at once when refused, and keeps the last token when it is gone', async () => {
  const clock = makeManualClock();
  const tokenFile = write('token', 'first\n');
  const connection = connect('', 'tokenFile: token', clock);
  assert.equal(await connection.authorization(now), 'Bearer first');
  write('token', 'second');
  assert.equal(await connection.authorization(now), 'Bearer first');
  assert.equal(await connection.authorization({ refresh: true }), 'Bearer second');
  write('token', 'third');
  await clock.advance(60_000);
  assert.equal(await connection.authorization(now), 'Bearer third');
  rmSync(tokenFile);
  assert.equal(await connection.authorization({ refresh: true }), 'Bearer third');
});

for (const [what, path, context, message] of [
  ['no such file', join(folder, 'nowhere'), undefined, /cannot be read/],
  ['no YAML', write('broken', '{'), undefined, /cannot be read as YAML/],
  ['no current context', write('empty', ''), undefined, /has no context ""/],
  ['an unknown context', write('known', 'contexts: []'), 'other', /has no context "other"/],
  ['a context without its cluster', write('half', 'contexts: [{ name: x, context: { cluster: c, user: u } }]'), 'x', /has no cluster "c"/],
] as const) {
  test(`kubeconfigConnection: throws CONFIG_INVALID with the path of the file, for ${what}`, () => {
    const options = { path, ...(context === undefined ? {} : { context }) };
    assert.throws(
      () => kubeconfigConnection(options, makeManualClock()),
      (error) =>
        error instanceof FlotillaError && error.code === 'CONFIG_INVALID' && message.test(error.message) && error.message.includes(path),
    );
  });
}

test('inClusterConnection: reads token, CA and namespace of the service account; an IPv6 address is put in brackets', async () => {
  write('token', 'pod token');
  write('ca.crt', 'pod ca');
  write('namespace', 'pod-space\n');
  const connection = inClusterConnection({ host: 'fd00::1', port: '443', serviceAccountDirectory: folder }, makeManualClock());
  assert.equal(connection.origin, 'https://[fd00::1]:443');
  assert.equal(connection.namespace, 'pod-space');
  assert.deepEqual(connection.tls(), { ca: Buffer.from('pod ca') });
  assert.equal(await connection.authorization(now), 'Bearer pod token');
});

test('inClusterConnection: throws CONFIG_INVALID, when no service account is mounted', () => {
  assert.throws(
    () => inClusterConnection({ host: 'h', port: '1', serviceAccountDirectory: join(folder, 'none') }, makeManualClock()),
    /expected a mounted service account/,
  );
});
