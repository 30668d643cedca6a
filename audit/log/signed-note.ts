/**
 * Signed notes as C2SP defines them (c2sp.org/signed-note), with Ed25519 keys: text, an empty line, `— <name> <base64 of key id and signature>`.
 *
 * The form is that of transparency logs, so their witnesses and tools can read our checkpoints.
 */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

export interface NoteSigner {
  readonly verifier: NoteVerifier;
  readonly privateKey: KeyObject;
}

export interface NoteVerifier {
  readonly name: string;
  /** First four bytes of SHA-256(name ‖ newline ‖ 0x01 ‖ public key), hexadecimal. */
  readonly keyId: string;
  readonly publicKey: KeyObject;
}

const ED25519 = 0x01;
const PUBLIC_KEY_BYTES = 32;
const KEY_ID_BYTES = 4;
const SIGNATURE_BYTES = 64;

export function makeSigner(name: string, privateKey: KeyObject): NoteSigner {
  return { privateKey, verifier: makeVerifier(name, createPublicKey(privateKey)) };
}

function makeVerifier(name: string, publicKey: KeyObject): NoteVerifier {
  const digest = createHash('sha256').update(`${name}\n`).update(typedKey(publicKey)).digest('hex');
  return { name, publicKey, keyId: digest.slice(0, 2 * KEY_ID_BYTES) };
}

/** `<name>+<key id>+<base64 of 0x01 and the key>`: a reader of the log must get this key from another source than the log. */
export function formatVerifierKey(verifier: NoteVerifier): string {
  return `${verifier.name}+${verifier.keyId}+${typedKey(verifier.publicKey).toString('base64')}`;
}

/** Undefined when the text is not an Ed25519 verifier key, or its key id belongs to another key. */
export function parseVerifierKey(text: string): NoteVerifier | undefined {
  const [, name = '', keyId = '', keyText = ''] = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim()) ?? [];
  const typed = Buffer.from(keyText, 'base64');
  if (typed.byteLength !== 1 + PUBLIC_KEY_BYTES || typed[0] !== ED25519 || typed.toString('base64') !== keyText) return undefined;
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: typed.subarray(1).toString('base64url') }, format: 'jwk' });
  const verifier = makeVerifier(name, publicKey);
  return verifier.keyId === keyId ? verifier : undefined;
}

/** `text` ends with a newline. */
export function signNote(text: string, signer: NoteSigner): string {
  const signature = sign(null, Buffer.from(text), signer.privateKey);
  const keyId = Buffer.from(signer.verifier.keyId, 'hex');
  return `${text}\n— ${signer.verifier.name} ${Buffer.concat([keyId, signature]).toString('base64')}\n`;
}

/** The text of a note that carries exactly one signature, by this key; undefined otherwise. */
export function openNote(note: string, verifier: NoteVerifier): string | undefined {
  const text = noteText(note);
  if (text === undefined) return undefined;
  const [, name, signatureText = ''] = /^— (\S+) ([A-Za-z0-9+/=]+)\n$/.exec(note.slice(text.length + 1)) ?? [];
  const signature = Buffer.from(signatureText, 'base64');
  // Base64 has several spellings of the same bytes; the log writes one of them.
  const asWritten = signature.byteLength === KEY_ID_BYTES + SIGNATURE_BYTES && signature.toString('base64') === signatureText;
  if (name !== verifier.name || !asWritten || signature.toString('hex', 0, KEY_ID_BYTES) !== verifier.keyId) return undefined;
  return verify(null, Buffer.from(text), verifier.publicKey, signature.subarray(KEY_ID_BYTES)) ? text : undefined;
}

/** The text of a note, whatever its signature is worth; undefined when the note has no signature line. */
export function noteText(note: string): string | undefined {
  const end = note.lastIndexOf('\n\n— ');
  return end < 0 ? undefined : note.slice(0, end + 1);
}

function typedKey(publicKey: KeyObject): Buffer {
  const { x = '' } = publicKey.export({ format: 'jwk' });
  return Buffer.concat([Buffer.of(ED25519), Buffer.from(x, 'base64url')]);
}
