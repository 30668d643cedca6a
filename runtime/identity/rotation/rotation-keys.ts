/**
 * The contents of the Secrets of the bus at each step of a rotation. Pure.
 *
 * A rotation replaces every key below the root key: the claims key, the pod signing key, and the logins of operator and callout. The Secrets are the
 * state of a rotation, so a rotation that broke off goes on from them.
 */
import type { Rng } from '@flotilla/contracts/ports.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import {
  baseClaims,
  type BaseAccounts,
  type CalloutIdentity,
  issuerOf,
  makeSignedKeys,
  operatorClaims,
  type OperatorIdentity,
  sentinelClaims,
  type ServerIdentity,
  userOf,
} from '../bus-keys.ts';
import { readClaims, signClaims } from '../jwt.ts';
import { type KeyPair, keyPairOfSeed, makeKeyPair } from '../nkey.ts';

const KEY_BYTES = 32;

/** What the three Secrets that pods mount hold. */
export interface Installation {
  readonly server: ServerIdentity;
  readonly operator: OperatorIdentity;
  readonly callout: CalloutIdentity;
}

/**
 * Steady: no rotation lasts. StagedInPart: the next keys of operator and callout do not fit each other, and nothing uses them. Staged: the next keys are made. OperatorSwitched: the operator signs with them, and accounts admit users of both pod
 * signing keys. CalloutSwitched: the callout signs with them. FormerDropped: accounts admit no users of the former key, and the servers may still
 * trust the former claims key.
 */
export type RotationStage = 'Steady' | 'StagedInPart' | 'Staged' | 'OperatorSwitched' | 'CalloutSwitched' | 'FormerDropped';

export function stageOf({ server, operator, callout }: Installation): RotationStage {
  const nextPodKey = callout.next === undefined ? undefined : publicKeyOf(callout.next.podSigningSeed);
  if (operator.next !== undefined) return nextPodKey === operator.next.podSigningKey ? 'Staged' : 'StagedInPart';
  if ((operator.formerPodSigningKeys ?? []).length > 0)
    return publicKeyOf(callout.podSigningSeed) === operator.podSigningKey ? 'CalloutSwitched' : 'OperatorSwitched';
  return isSameSet(trustedKeysOf(server.operatorJwt), [publicKeyOf(operator.claimsSeed)]) ? 'Steady' : 'FormerDropped';
}

/** Makes the next keys. Nothing uses them yet. */
export function stageKeys(installation: Installation, rng: Pick<Rng, 'bytes'>, nowMs: number): Installation {
  const { server, operator, callout } = installation;
  const signed = makeSignedKeys({ core: operator.core, system: server.systemAccount, admission: callout.admission }, rng, nowMs);
  const { podSigner, coreLogin, systemLogin, calloutLogin } = signed;
  const claimsSeed = makeKeyPair('operator', rng.bytes(KEY_BYTES)).seed;
  return {
    server,
    operator: { ...operator, next: { claimsSeed, podSigningKey: podSigner.publicKey, coreLogin, systemLogin } },
    callout: { ...callout, next: { login: calloutLogin, podSigningSeed: podSigner.seed } },
  };
}

/** The servers trust both claims keys, and the base accounts admit the users of both. @throws FlotillaError `CONFIG_INVALID` for another root key */
export function serverOfBoth(installation: Installation, root: KeyPair, rng: Pick<Rng, 'bytes'>, nowMs: number): ServerIdentity {
  const { server, operator, callout } = installation;
  const next = nextOf(installation);
  const accounts: BaseAccounts = {
    ...addressesOf(installation),
    coreSigners: [issuerOf(operator.coreLogin), issuerOf(next.operator.coreLogin)],
    systemSigners: [issuerOf(operator.systemLogin), issuerOf(next.operator.systemLogin)],
    podSigningKeys: [operator.podSigningKey, next.operator.podSigningKey],
    calloutUsers: [userOf(callout.login), userOf(next.callout.login)],
  };
  const claimsKeys = [operator.claimsSeed, next.operator.claimsSeed].map(publicKeyOf);
  return {
    operatorJwt: operatorClaims(rootOf(server, root), claimsKeys, server.systemAccount, nowMs),
    systemAccount: server.systemAccount,
    preload: baseClaims(accounts, keyPairOfSeed(operator.claimsSeed), nowMs),
    // From the next start of a server on: the last step drops the former pod signing key, and the sentinel must outlive it.
    sentinelJwt: sentinelClaims(callout.admission, keyPairOfSeed(next.callout.podSigningSeed), rng, nowMs),
  };
}

/** The servers trust the present claims key alone. @throws FlotillaError `CONFIG_INVALID` for another root key */
export function serverOfPresent(installation: Installation, root: KeyPair, nowMs: number): ServerIdentity {
  const { server, operator, callout } = installation;
  const accounts: BaseAccounts = {
    ...addressesOf(installation),
    coreSigners: [issuerOf(operator.coreLogin)],
    systemSigners: [issuerOf(operator.systemLogin)],
    podSigningKeys: [operator.podSigningKey],
    calloutUsers: [userOf(callout.login)],
  };
  const claimsKey = keyPairOfSeed(operator.claimsSeed);
  return {
    ...server,
    operatorJwt: operatorClaims(rootOf(server, root), [claimsKey.publicKey], server.systemAccount, nowMs),
    preload: baseClaims(accounts, claimsKey, nowMs),
  };
}

/** The same claims of the base accounts, signed by another key. */
export function resigned(preload: ServerIdentity['preload'], claimsSeed: string, nowMs: number): ServerIdentity['preload'] {
  const key = keyPairOfSeed(claimsSeed);
  const sign = (jwt: string): string => {
    const { sub, name, nats } = readClaims(jwt);
    return signClaims({ sub, name, issuedAtS: Math.floor(nowMs / 1_000), nats }, key);
  };
  return Object.fromEntries(Object.entries(preload).map(([account, jwt]) => [account, sign(jwt)]));
}

export function operatorSwitched(installation: Installation): OperatorIdentity {
  const { next: _taken, ...present } = installation.operator;
  return { ...present, ...nextOf(installation).operator, formerPodSigningKeys: [present.podSigningKey] };
}

/** @throws FlotillaError `CONFIG_INVALID` when the next keys of the callout are gone */
export function calloutSwitched({ operator, callout }: Installation): CalloutIdentity {
  const { next, ...present } = callout;
  if (next === undefined || publicKeyOf(next.podSigningSeed) !== operator.podSigningKey) throw unfit();
  return { ...present, ...next };
}

export function formerDropped({ operator }: Installation): OperatorIdentity {
  const { formerPodSigningKeys: _dropped, ...present } = operator;
  return present;
}

/** Public keys that may sign accounts, by the claims of an installation. */
export function trustedKeysOf(operatorJwt: string): readonly string[] {
  return (readClaims(operatorJwt).nats['signing_keys'] as readonly string[] | undefined) ?? [];
}

export function publicKeyOf(seed: string): string {
  return keyPairOfSeed(seed).publicKey;
}

export function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return JSON.stringify(left.toSorted()) === JSON.stringify(right.toSorted());
}

function nextOf({ operator, callout }: Installation): {
  readonly operator: NonNullable<OperatorIdentity['next']>;
  readonly callout: NonNullable<CalloutIdentity['next']>;
} {
  if (operator.next === undefined || callout.next === undefined || publicKeyOf(callout.next.podSigningSeed) !== operator.next.podSigningKey)
    throw unfit();
  return { operator: operator.next, callout: callout.next };
}

function unfit(): FlotillaError {
  return new FlotillaError(
    'CONFIG_INVALID',
    'expected the next keys of operator and callout to fit each other, found others: restore flotilla-bus-operator and flotilla-bus-callout from one copy',
  );
}

function addressesOf({ server, operator, callout }: Installation): Pick<BaseAccounts, 'core' | 'system' | 'admission'> {
  return { core: operator.core, system: server.systemAccount, admission: callout.admission };
}

function rootOf({ operatorJwt }: ServerIdentity, root: KeyPair): KeyPair {
  const expected = readClaims(operatorJwt).issuer;
  if (root.publicKey !== expected)
    throw new FlotillaError('CONFIG_INVALID', `expected the root key ${expected} of this bus, found the key ${root.publicKey}`);
  return root;
}
