import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeAddressSet } from '../addresses/client-address.ts';
import type { LiveSource } from '../sources/source-table.ts';
import { signedHeaders } from '../testing/sign-request.ts';
import { authenticate, type AuthenticationContext, type AuthenticationProblem, type WebhookRequest } from './authenticate.ts';

const SECRET = '0123456789abcdef';
const NOW_MS = 1_475_798_404_000;
const COMMON = { venue: 'COINBASE', instruments: ['BTC-USD'], ratePerSecond: 10, burst: 10, secretFile: 'x', secret: Buffer.from(SECRET) };

function addressSet(...entries: readonly string[]) {
  const set = makeAddressSet(entries);
  assert.ok(typeof set !== 'string');
  return set;
}

const SOURCES: readonly LiveSource[] = [
  { ...COMMON, name: 'alerts', scheme: 'Hmac' },
  {
    ...COMMON,
    name: 'tv',
    scheme: 'TradingView',
    sourceAddresses: ['52.89.214.238'],
    addresses: addressSet('52.89.214.238'),
    freshnessMs: 60_000,
    symbolMap: new Map(),
  },
  { name: 'replay', scheme: 'Replay', venue: 'COINBASE', instruments: ['BTC-USD'], ratePerSecond: 1, burst: 1, datasets: ['x'] },
];
const CONTEXT: AuthenticationContext = {
  sources: new Map(SOURCES.map((source) => [source.name, source])),
  trustedProxies: addressSet('10.0.0.1'),
  nowMs: NOW_MS,
};
const BODY = Buffer.from('{}');
const HEADERS = Object.entries(
  signedHeaders({ timestamp: String(NOW_MS / 1_000), nonce: 'nonce-0001', body: BODY, secret: SECRET }),
).flat();
const HMAC: WebhookRequest = { source: 'alerts', pathSecret: undefined, rawHeaders: HEADERS, socketAddress: '1.2.3.4', body: BODY };
const TRADING_VIEW: WebhookRequest = {
  source: 'tv',
  pathSecret: Buffer.from(SECRET),
  rawHeaders: [],
  socketAddress: '52.89.214.238',
  body: BODY,
};

test('authenticate: knows a signed request and its nonce', () => {
  const authentic = authenticate(HMAC, CONTEXT);
  assert.ok(authentic.scheme === 'Hmac');
  assert.equal(authentic.nonce, 'nonce-0001');
});

const NEXT = 'fedcba9876543210';
const CHANGING: AuthenticationContext = {
  ...CONTEXT,
  sources: new Map(
    SOURCES.map((source) => [source.name, source.scheme === 'Replay' ? source : { ...source, nextSecret: Buffer.from(NEXT) }]),
  ),
};
const signedWith = (secret: string): WebhookRequest => ({
  ...HMAC,
  rawHeaders: Object.entries(signedHeaders({ timestamp: String(NOW_MS / 1_000), nonce: 'nonce-0001', body: BODY, secret })).flat(),
});
for (const [why, secret, context, accepted] of [
  ['it has the present secret, while a sender changes over', SECRET, CHANGING, true],
  ['it has the next secret, while a sender changes over', NEXT, CHANGING, true],
  ['it has another secret, while a sender changes over', 'an other secret, long enough', CHANGING, false],
  ['it has a next secret that the source does not have', NEXT, CONTEXT, false],
] as const) {
  test(`authenticate: ${accepted ? 'accepts' : 'refuses'} a request of either scheme, when ${why}`, () => {
    assert.equal(authenticate(signedWith(secret), context).scheme === 'Hmac', accepted);
    const inPath = { ...TRADING_VIEW, pathSecret: Buffer.from(secret) };
    assert.equal(authenticate(inPath, context).scheme === 'TradingView', accepted);
  });
}

test('authenticate: knows a TradingView request by path secret and address, also behind a trusted proxy', () => {
  assert.equal(authenticate(TRADING_VIEW, CONTEXT).scheme, 'TradingView');
  const proxied = { ...TRADING_VIEW, socketAddress: '10.0.0.1', rawHeaders: ['X-Forwarded-For', '52.89.214.238'] };
  assert.equal(authenticate(proxied, CONTEXT).scheme, 'TradingView');
});

const REFUSED: readonly { readonly why: string; readonly request: WebhookRequest; readonly problem: AuthenticationProblem }[] = [
  { why: 'the source does not exist', request: { ...HMAC, source: 'nobody' }, problem: 'SOURCE_UNKNOWN' },
  { why: 'a Replay source has no webhook', request: { ...HMAC, source: 'replay' }, problem: 'SOURCE_UNKNOWN' },
  { why: 'a TradingView source takes no signatures', request: { ...HMAC, source: 'tv' }, problem: 'SOURCE_UNKNOWN' },
  { why: 'an Hmac source takes no path secret', request: { ...TRADING_VIEW, source: 'alerts' }, problem: 'SOURCE_UNKNOWN' },
  { why: 'the headers are missing', request: { ...HMAC, rawHeaders: [] }, problem: 'HEADERS_NOT_SINGLE' },
  { why: 'a header is doubled', request: { ...HMAC, rawHeaders: [...HEADERS, 'x-nonce', 'nonce-0001'] }, problem: 'HEADERS_NOT_SINGLE' },
  { why: 'the body is another', request: { ...HMAC, body: Buffer.from('{ }') }, problem: 'SIGNATURE_WRONG' },
  { why: 'the path secret is wrong', request: { ...TRADING_VIEW, pathSecret: Buffer.from(`${SECRET}x`) }, problem: 'SECRET_WRONG' },
  { why: 'the address is not on the list', request: { ...TRADING_VIEW, socketAddress: '1.2.3.4' }, problem: 'ADDRESS_NOT_ALLOWED' },
  {
    why: 'a forwarded address counts only from a trusted proxy',
    request: { ...TRADING_VIEW, socketAddress: '1.2.3.4', rawHeaders: ['X-Forwarded-For', '52.89.214.238'] },
    problem: 'ADDRESS_NOT_ALLOWED',
  },
  {
    why: 'two X-Forwarded-For headers say nothing',
    request: {
      ...TRADING_VIEW,
      socketAddress: '10.0.0.1',
      rawHeaders: ['X-Forwarded-For', '1.2.3.4', 'X-Forwarded-For', '52.89.214.238'],
    },
    problem: 'ADDRESS_NOT_ALLOWED',
  },
];

for (const { why, request, problem } of REFUSED) {
  test(`authenticate: answers ${problem}, because ${why}`, () => {
    assert.deepEqual(authenticate(request, CONTEXT), { scheme: 'none', problem });
  });
}
