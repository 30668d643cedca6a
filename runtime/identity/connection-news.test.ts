import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readConnectionNews } from './connection-news.ts';

const client = { host: '10.0.0.7', acc: 'ACC', user: 'agent-main_btc (pod)', jwt: 'eyJ0.secret', name: 'chosen by the client' };

test('readConnectionNews: takes names and addresses, and no claims', () => {
  const cases = [
    ['$SYS.ACCOUNT.ACC.CONNECT', { client }, { kind: 'Connected', account: 'ACC', user: client.user, host: '10.0.0.7', reason: '' }],
    [
      '$SYS.ACCOUNT.ACC.DISCONNECT',
      { client, reason: 'Authentication Expired' },
      { kind: 'Ended', account: 'ACC', user: client.user, host: '10.0.0.7', reason: 'Authentication Expired' },
    ],
    [
      '$SYS.SERVER.ID.CLIENT.AUTH.ERR',
      { client, reason: 'Authentication Failure' },
      { kind: 'Refused', account: 'ACC', user: '', host: '10.0.0.7', reason: 'Authentication Failure' },
    ],
  ] as const;
  for (const [subject, event, want] of cases) assert.deepEqual(readConnectionNews(subject, JSON.stringify(event)), want, subject);
});

test('readConnectionNews: gives bounded, printable text for whatever a server sends', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.string(),
        fc.record({ client: fc.record({ user: fc.string(), host: fc.string() }) }).map((value) => JSON.stringify(value)),
      ),
      (text) => {
        const news = readConnectionNews('$SYS.ACCOUNT.ACC.CONNECT', text);
        for (const value of Object.values(news ?? {})) assert.match(value, /^[ -~]{0,128}$/);
      },
    ),
  );
  assert.equal(readConnectionNews('$SYS.ACCOUNT.ACC.OTHER', '{}'), undefined);
  assert.equal(readConnectionNews('$SYS.ACCOUNT.ACC.CONNECT', 'no JSON'), undefined);
});
