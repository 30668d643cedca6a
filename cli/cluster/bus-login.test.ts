import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveContext } from '../session/context.ts';
import { busLogin, readerLogin } from './bus-login.ts';

const MINUTE_MS = 60_000;

/** Tokens `1`, `2`, …, and a clock that the test sets. */
function givenTokens() {
  const world = { nowMs: 0, asked: 0, away: false };
  const ask = (): Promise<string> => {
    if (world.away) return Promise.reject(new Error('away'));
    world.asked += 1;
    return Promise.resolve(String(world.asked));
  };
  return { world, ask, clock: { monotonicMs: () => world.nowMs } };
}

/** Lets the answers that have come be taken. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('readerLogin: asks once, when connections follow each other within eight minutes', async () => {
  const { world, ask, clock } = givenTokens();
  const login = await readerLogin(ask, clock);
  world.nowMs = 7.9 * MINUTE_MS;
  assert.deepEqual([login(), login(), world.asked], [{ auth_token: '1' }, { auth_token: '1' }, 1]);
});

test('readerLogin: asks for one other token, which the next attempt shows, when the token is old', async () => {
  const { world, ask, clock } = givenTokens();
  const login = await readerLogin(ask, clock);
  world.nowMs = 10 * MINUTE_MS;
  assert.deepEqual([login(), login()], [{ auth_token: '1' }, { auth_token: '1' }]);
  await settle();
  assert.deepEqual([login(), world.asked], [{ auth_token: '2' }, 2]);
});

test('readerLogin: asks again with a later attempt, when the API server was away', async () => {
  const { world, ask, clock } = givenTokens();
  const login = await readerLogin(ask, clock);
  world.nowMs = 10 * MINUTE_MS;
  world.away = true;
  login();
  await settle();
  world.away = false;
  login();
  await settle();
  assert.deepEqual(login(), { auth_token: '2' });
});

test('busLogin: shows the token of the environment without kubectl', async () => {
  const { clock } = givenTokens();
  const environment = { FLOTILLA_NATS_TOKEN: 'given\n', FLOTILLA_KUBECTL: '/nonexistent' };
  const login = await busLogin(resolveContext({ flags: {}, environment, local: {} }), clock);
  assert.deepEqual(login(), { auth_token: 'given' });
});

for (const { why, environment, message, hint } of [
  {
    why: 'token and creds file are both given',
    environment: { FLOTILLA_NATS_TOKEN: 's3cret', FLOTILLA_NATS_CREDS_FILE: '/creds' },
    message: /^expected FLOTILLA_NATS_TOKEN or FLOTILLA_NATS_CREDS_FILE, found both$/,
    hint: /Remove one/,
  },
  {
    why: 'the creds file is missing',
    environment: { FLOTILLA_NATS_CREDS_FILE: '/nonexistent' },
    message: /^FLOTILLA_NATS_CREDS_FILE \/nonexistent: the file cannot be read \(ENOENT\)$/,
    hint: undefined,
  },
  {
    why: 'there is no kubectl',
    environment: { FLOTILLA_KUBECTL: '/nonexistent' },
    message: /^no token for the bus: kubectl could not be started/,
    hint: /Install kubectl, or name it with FLOTILLA_KUBECTL\. Or give FLOTILLA_NATS_TOKEN or FLOTILLA_NATS_CREDS_FILE\./,
  },
]) {
  test(`busLogin: says what is missing, and shows no secret, when ${why}`, async () => {
    const context = resolveContext({ flags: {}, environment, local: {} });
    await assert.rejects(busLogin(context, givenTokens().clock), (error: Error & { readonly hint?: string }) => {
      assert.match(error.message, message);
      if (hint !== undefined) assert.match(error.hint ?? '', hint);
      assert.doesNotMatch(`${error.message} ${error.hint}`, /s3cret/);
      return true;
    });
  });
}
