import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { portTable } from '../addresses/ports.ts';
import { describeTakenPort, requireFreePorts } from './free-ports.ts';
import { listenerInodes } from './port-owner.ts';

async function listen(): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  return { port: (server.address() as AddressInfo).port, close };
}

test('requireFreePorts: names port, purpose, owner and remedy, when a port is taken', async () => {
  const { port, close } = await listen();
  try {
    await assert.rejects(requireFreePorts({ ...portTable(0), nats: port }, ['nats']), (error: Error) => {
      assert.match(error.message, new RegExp(`port ${port} on 127.0.0.1, for NATS clients, is taken by process ${process.pid} \\(`));
      assert.match(error.message, /make up PORT_OFFSET=1000/);
      return true;
    });
  } finally {
    await close();
  }
});

test('requireFreePorts: is content, when the port is free again', async () => {
  const { port, close } = await listen();
  await close();
  await requireFreePorts({ ...portTable(0), nats: port }, ['nats']);
});

test('describeTakenPort: says so, when the owner may not be seen', () => {
  assert.match(describeTakenPort(7222, 'NATS clients', undefined), /a program that this user may not see/);
});

test('listenerInodes: finds listeners on the port, not connections to it', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:1C36 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0',
    '   1: 0100007F:1C36 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 0 0 10 0',
    '   2: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0',
  ].join('\n');
  assert.deepEqual(listenerInodes(table, 7222), ['111']);
});
