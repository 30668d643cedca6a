/**
 * Key pairs of the bus (nkeys): Ed25519 keys whose text form begins with a letter for what the key is.
 *
 * Source of the format: NATS, "NKeys". Text form: base32 of prefix, 32 bytes of key and CRC-16 (XMODEM, low byte first). A seed has two prefix bytes.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { decodeBase32, encodeBase32 } from './base32.ts';

/** First byte of the text form by kind of key. */
const PREFIX = { operator: 14 << 3, account: 0, user: 20 << 3, server: 13 << 3 } as const;
const SEED_PREFIX = 18 << 3;
const KEY_BYTES = 32;
const CRC_BYTES = 2;
/** DER of an Ed25519 private key up to its 32 bytes (RFC 8410). */
const PRIVATE_KEY_DER = Buffer.from('302e020100300506032b657004220420', 'hex');
/** DER of an Ed25519 public key up to its 32 bytes (RFC 8410). */
const PUBLIC_KEY_DER = Buffer.from('302a300506032b6570032100', 'hex');

export type KeyKind = keyof typeof PREFIX;

export interface KeyPair {
  /** Begins with `O`, `A`, `U` or `N`. */
  readonly publicKey: string;
  /** Secret. Begins with `SO`, `SA`, `SU` or `SN`. */
  readonly seed: string;
  sign(bytes: Uint8Array): Buffer;
}

/** @param raw 32 random bytes, or 32 bytes derived from a secret */
export function makeKeyPair(kind: KeyKind, raw: Uint8Array): KeyPair {
  assert(raw.length === KEY_BYTES, `expected ${KEY_BYTES} bytes for a key, found ${raw.length}`);
  const privateKey = createPrivateKey({ key: Buffer.concat([PRIVATE_KEY_DER, raw]), format: 'der', type: 'pkcs8' });
  const publicBytes = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(PUBLIC_KEY_DER.length);
  const prefix = PREFIX[kind];
  return {
    publicKey: encode([prefix], publicBytes),
    seed: encode([SEED_PREFIX | (prefix >> 5), (prefix & 31) << 3], raw),
    sign: (bytes) => sign(null, bytes, privateKey),
  };
}

/** @throws FlotillaError `CONFIG_INVALID` for a text that is not a seed; the message does not repeat the text */
export function keyPairOfSeed(seed: string): KeyPair {
  const bytes = decode(seed, 2 + KEY_BYTES);
  const prefix = bytes === undefined ? undefined : (((bytes[0] ?? 0) & 7) << 5) | ((bytes[1] ?? 0) >> 3);
  const kind = (Object.keys(PREFIX) as KeyKind[]).find((each) => PREFIX[each] === prefix);
  if (bytes === undefined || kind === undefined || ((bytes[0] ?? 0) & 248) !== SEED_PREFIX)
    throw new FlotillaError('CONFIG_INVALID', 'expected the seed of a key of the bus, found another text');
  return makeKeyPair(kind, bytes.subarray(2));
}

/** Whether `signature` is one of `bytes` by the owner of `publicKey`. False also for a text that is not a public key. */
export function isSignedBy(publicKey: string, bytes: Uint8Array, signature: Uint8Array): boolean {
  const key = publicKeyObject(publicKey);
  return key !== undefined && verify(null, bytes, key, signature);
}

/** Whether a text is the public key of this kind. */
export function isPublicKey(kind: KeyKind, text: string): boolean {
  return decode(text, 1 + KEY_BYTES)?.[0] === PREFIX[kind];
}

function publicKeyObject(publicKey: string): KeyObject | undefined {
  const bytes = decode(publicKey, 1 + KEY_BYTES);
  if (bytes === undefined) return undefined;
  return createPublicKey({ key: Buffer.concat([PUBLIC_KEY_DER, bytes.subarray(1)]), format: 'der', type: 'spki' });
}

function encode(prefix: readonly number[], key: Uint8Array): string {
  const bytes = Buffer.from([...prefix, ...key]);
  const crc = crc16(bytes);
  return encodeBase32(Buffer.from([...bytes, crc & 0xff, crc >> 8]));
}

/** The bytes before the checksum; undefined for another length or a wrong checksum. */
function decode(text: string, length: number): Buffer | undefined {
  const bytes = decodeBase32(text);
  if (bytes?.length !== length + CRC_BYTES) return undefined;
  const body = bytes.subarray(0, length);
  return bytes.readUInt16LE(length) === crc16(body) ? body : undefined;
}

/** CRC-16 with polynomial 0x1021 and initial value 0 (XMODEM). */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000) === 0 ? (crc << 1) & 0xffff : ((crc << 1) ^ 0x1021) & 0xffff;
  }
  return crc;
}
