import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { post } from '../testing/post.ts';
import { accepted } from '../webhook/answer.ts';
import { makeServer, type ServerOptions } from './server.ts';

const closing: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of closing) await close();
});

async function startServer(changes: Partial<ServerOptions> = {}): Promise<string> {
  const server = makeServer({
    receive: async () => accepted('some-id'),
    onTooLarge: () => undefined,
    onOverloaded: () => undefined,
    onUnexpected: () => undefined,
    stopping: () => false,
    ...changes,
  });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  closing.push(() => server.close());
  return url;
}

for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
  test(`makeServer: answers ${method} on a webhook with 405 and Allow: POST, for every source alike`, async () => {
    const url = await startServer();
    for (const path of ['/webhook/alerts', '/webhook/unknown', '/webhook/tv/some-secret', '/webhook/alerts?from=browser']) {
      const answer = await fetch(`${url}${path}`, { method });
      assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'POST'], path);
      assert.doesNotMatch(await answer.text(), /alerts|secret/);
    }
  });
}

test('makeServer: hands on the secret of a path byte for byte, when its bytes are not UTF-8', async () => {
  const secret = Buffer.from([0x00, 0xff, 0x80, 0x2f, 0x25, 0x3f, 0x0d, 0x0a]);
  const found: (Uint8Array | undefined)[] = [];
  const url = await startServer({
    receive: async ({ pathSecret }) => {
      found.push(pathSecret);
      return accepted('some-id');
    },
  });
  await post(`${url}/webhook/tv/%00%ff%80%2f%25%3F%0d%0A?from=chart`, {}, '');
  await post(`${url}/webhook/tv/${encodeURIComponent('schlüssel')}`, {}, '');
  await post(`${url}/webhook/tv`, {}, '');
  assert.deepEqual(found, [secret, Buffer.from('schlüssel'), undefined]);
});

test('makeServer: answers 404 on every other path, health and metrics among them', async () => {
  const url = await startServer();
  for (const path of ['/', '/webhook', '/webhook/', '/webhook/a/b/c', '/metrics', '/live', '/ready', '/health', '/healthz']) {
    assert.equal((await fetch(`${url}${path}`)).status, 404, path);
  }
});

test('makeServer: answers 503 with Retry-After instead of a reset, when too many connections are open', async () => {
  let overloadedCount = 0;
  const url = await startServer({ connectionsServedMax: 2, onOverloaded: () => (overloadedCount += 1) });
  const { hostname, port } = new URL(url);
  const idle = [connect(Number(port), hostname), connect(Number(port), hostname)];
  await Promise.all(idle.map((socket) => once(socket, 'connect')));
  const answer = await post(`${url}/webhook/alerts`, {}, '{}');
  assert.deepEqual([answer.status, answer.headers['retry-after'], answer.headers['connection']], [503, '2', 'close']);
  assert.equal(overloadedCount, 1);
  for (const socket of idle) socket.destroy();
  await eventually('a request is served again', async () => (await post(`${url}/webhook/alerts`, {}, '{}')).status === 202);
});

test('makeServer: serves requests while it stops, and closes their connections', async () => {
  const url = await startServer({ stopping: () => true });
  const answer = await post(`${url}/webhook/alerts`, {}, '{}');
  assert.deepEqual([answer.status, answer.headers['connection']], [202, 'close']);
});

test('makeServer: serves a request that has begun before the server closes', async () => {
  const url = await startServer();
  const close = closing.at(-1);
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write('POST /webhook/alerts HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n');
  // The server reads the sockets in the order in which they became readable.
  await post(`${url}/webhook/alerts`, {}, '{}');
  const closed = close?.();
  socket.write('Content-Length: 2\r\n\r\n{}');
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  await closed;
  assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1\.1 202 /);
});
