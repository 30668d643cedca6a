import assert from 'node:assert/strict';
import type { BlockList } from 'node:net';
import { test } from 'node:test';
import { clientAddress, hasAddress, makeAddressSet } from './client-address.ts';

function setOf(...entries: readonly string[]): BlockList {
  const set = makeAddressSet(entries);
  assert.ok(typeof set !== 'string');
  return set;
}

test('makeAddressSet: holds addresses and ranges of both families', () => {
  const set = setOf('52.89.214.238', '10.0.0.0/8', '2001:db8::/32');
  for (const address of ['52.89.214.238', '10.255.0.1', '2001:db8::1']) assert.equal(hasAddress(set, address), true, address);
  for (const address of ['52.89.214.239', '11.0.0.1', '2001:db9::1', '', 'host', '10.0.0.0/8']) {
    assert.equal(hasAddress(set, address), false, address);
  }
});

for (const entry of ['', 'host', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '::1/129', '10.0.0', '10.0.0.0/8x']) {
  test(`makeAddressSet: names the bad entry ${JSON.stringify(entry)}`, () => {
    const message = makeAddressSet(['127.0.0.1', entry]);
    assert.ok(typeof message === 'string' && message.includes(JSON.stringify(entry)));
  });
}

const PROXIES = setOf('10.0.0.0/8');
const CASES = [
  { why: 'no proxy is trusted', socket: '1.2.3.4', forwarded: '52.89.214.238', trusted: setOf(), expected: '1.2.3.4' },
  { why: 'the socket is not one of our proxies', socket: '1.2.3.4', forwarded: '52.89.214.238', trusted: PROXIES, expected: '1.2.3.4' },
  { why: 'the proxy names its client', socket: '10.0.0.1', forwarded: '52.89.214.238', trusted: PROXIES, expected: '52.89.214.238' },
  {
    why: 'what the client claims comes first',
    socket: '10.0.0.1',
    forwarded: '52.89.214.238, 1.2.3.4',
    trusted: PROXIES,
    expected: '1.2.3.4',
  },
  { why: 'two proxies of ours', socket: '10.0.0.1', forwarded: '5.5.5.5, 1.2.3.4, 10.9.9.9', trusted: PROXIES, expected: '1.2.3.4' },
  { why: 'the header is missing', socket: '10.0.0.1', forwarded: undefined, trusted: PROXIES, expected: '10.0.0.1' },
  { why: 'the header holds junk', socket: '10.0.0.1', forwarded: '5.5.5.5, junk', trusted: PROXIES, expected: '10.0.0.1' },
  { why: 'a dual-stack socket shows IPv4 as IPv6', socket: '::ffff:10.0.0.1', forwarded: '1.2.3.4', trusted: PROXIES, expected: '1.2.3.4' },
];

for (const { why, socket, forwarded, trusted, expected } of CASES) {
  test(`clientAddress: is ${expected} when ${why}`, () => assert.equal(clientAddress(socket, forwarded, trusted), expected));
}
