import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreAccountName, probeAccountName } from '@flotilla/contracts/access/principal.ts';
import { systemRng } from '../../rng.ts';
import { signClaims } from '../jwt.ts';
import { makeKeyPair } from '../nkey.ts';
import { accountsBehind, type ServerState } from './server-state.ts';

const present = makeKeyPair('operator', systemRng.bytes(32));
const former = makeKeyPair('operator', systemRng.bytes(32));
const POD_KEY = makeKeyPair('account', systemRng.bytes(32)).publicKey;
const account = (): string => makeKeyPair('account', systemRng.bytes(32)).publicKey;

interface Held {
  readonly name: string;
  readonly signer?: typeof present;
  readonly signingKeys?: readonly string[];
  readonly conn?: number;
  /** The server has stored the claims and not loaded them. */
  readonly isUnloaded?: boolean;
}

/** One server that has loaded these accounts. */
function serverWith(accounts: Readonly<Record<string, Held>>): ServerState {
  const jwtOf = (sub: string): string => {
    const { name, signer = present, signingKeys = [POD_KEY], conn = -1 } = accounts[sub] ?? { name: '' };
    return signClaims({ sub, name, issuedAtS: 1, nats: { signing_keys: signingKeys, limits: { conn } } }, signer);
  };
  return {
    ask(_subject: string, request: string) {
      const { account: asked } = JSON.parse(request) as { readonly account?: string };
      const isLoaded = (sub: string): boolean => accounts[sub]?.isUnloaded !== true;
      const data =
        asked === undefined
          ? { accounts: [...Object.keys(accounts).filter(isLoaded), '$G'] }
          : { account_detail: isLoaded(asked) ? { account_name: asked, jwt: jwtOf(asked) } : {} };
      return Promise.resolve([{ server: { name: 'one' }, data }]);
    },
    accounts: () => Promise.resolve(Object.keys(accounts)),
    storedClaims: (sub: string) => Promise.resolve([jwtOf(sub)]),
  } as unknown as ServerState;
}

const wanted = { claimsKey: present.publicKey, podSigningKeys: [POD_KEY], except: [] };

test('accountsBehind: names accounts that a former key signed, and those that admit users of other keys', async () => {
  const [good, ofFormer, ofOthers, ofNone] = [account(), account(), account(), account()];
  const state = serverWith({
    [good]: { name: 'trading/agent/main/btc' },
    [ofFormer]: { name: 'trading/agent/main/eth', signer: former },
    [ofOthers]: { name: 'trading/exec/main', signingKeys: [POD_KEY, account()] },
    [ofNone]: { name: 'trading/audit', signingKeys: [] },
  });
  assert.deepEqual(await accountsBehind(state, wanted, 1), [ofFormer, ofOthers, ofNone]);
});

test('accountsBehind: asks no core account of a tenant for the pod signing keys, and still for the claims key', async () => {
  const [core, formerCore] = [account(), account()];
  const state = serverWith({
    [core]: { name: coreAccountName('desk'), signingKeys: [account()] },
    [formerCore]: { name: coreAccountName('desk'), signingKeys: [account()], signer: former },
  });
  assert.deepEqual(await accountsBehind(state, wanted, 1), [formerCore]);
});

test('accountsBehind: asks no account of a probe that runs for the pod signing keys, and still for the claims key', async () => {
  const [probe, formerProbe] = [account(), account()];
  const key = account();
  const name = `${probeAccountName('desk', key)} as desk/exec-main`;
  const state = serverWith({
    [probe]: { name, signingKeys: [key] },
    [formerProbe]: { name, signingKeys: [key], signer: former },
  });
  assert.deepEqual(await accountsBehind(state, wanted, 1), [formerProbe]);
});

test('accountsBehind: leaves out closed accounts, and the accounts of the exception only by their pod signing keys', async () => {
  const [closed, excepted, formerExcepted] = [account(), account(), account()];
  const state = serverWith({
    [closed]: { name: 'trading/agent/main/gone', signer: former, conn: 0 },
    [excepted]: { name: 'callout', signingKeys: [] },
    [formerExcepted]: { name: 'system', signingKeys: [], signer: former },
  });
  assert.deepEqual(await accountsBehind(state, { ...wanted, except: [excepted, formerExcepted] }, 1), [formerExcepted]);
});

test('accountsBehind: names an account that no server has loaded, when its stored claims are of a former key', async () => {
  const [good, ofFormer, closed] = [account(), account(), account()];
  const state = serverWith({
    [good]: { name: 'trading/reader', isUnloaded: true },
    [ofFormer]: { name: 'trading/person/alice', signer: former, isUnloaded: true },
    [closed]: { name: 'trading/person/bob', signer: former, isUnloaded: true, conn: 0 },
  });
  assert.deepEqual(await accountsBehind(state, wanted, 1), [ofFormer]);
});
