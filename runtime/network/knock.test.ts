import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { after, before, test } from 'node:test';
import { knock } from './knock.ts';

const PATIENCE_MS = 2_000;

let server: Server;
let port: number;
let bytes = 0;

before(async () => {
  server = createServer((socket) => socket.on('data', (data) => (bytes += data.length)).on('error', () => undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
after(() => server.close());

test('knock: is Open for a port that accepts, and sends no byte', async () => {
  const ended = once(server, 'connection').then(([socket]) => once(socket as NodeJS.EventEmitter, 'close'));
  assert.equal(await knock({ host: '127.0.0.1', port }, PATIENCE_MS), 'Open');
  await ended;
  assert.equal(bytes, 0);
  assert.equal(await knock({ host: 'localhost', port }, PATIENCE_MS), 'Open');
});

test('knock: is Closed for a port that refuses', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port: free } = other.address() as AddressInfo;
  other.close();
  await once(other, 'close');
  assert.equal(await knock({ host: '127.0.0.1', port: free }, PATIENCE_MS), 'Closed');
});

test('knock: is Unresolved for a name without an address, which says nothing of a connection', async () => {
  assert.equal(await knock({ host: 'no-such-host.invalid', port }, PATIENCE_MS), 'Unresolved');
});
