/** Bytes of a webhook as text. Names bytes that are not text, so that the sender can correct them. Pure. */
import { malformed } from './field-error.ts';

/** Names of byte sequences that some senders put before or instead of UTF-8 text, by their first bytes. */
const MISTAKES: readonly { readonly bytes: readonly number[]; readonly found: string }[] = [
  { bytes: [0x1f, 0x8b], found: 'bytes compressed with gzip: send the body uncompressed' },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], found: 'bytes compressed with zstd: send the body uncompressed' },
  { bytes: [0xef, 0xbb, 0xbf], found: 'a byte order mark (EF BB BF) before the text: send the text without it' },
  { bytes: [0xff, 0xfe], found: 'UTF-16 text with a byte order mark: send UTF-8' },
  { bytes: [0xfe, 0xff], found: 'UTF-16 text with a byte order mark: send UTF-8' },
];

/** @throws FieldError `WEBHOOK_MALFORMED` that names a byte order mark, compressed bytes, or bytes that are not UTF-8. */
export function decodeBody(body: Uint8Array): string {
  const mistake = MISTAKES.find(({ bytes }) => bytes.every((byte, index) => body[index] === byte));
  if (mistake !== undefined) throw malformed('body', 'UTF-8 text', mistake.found);
  try {
    return decoder.decode(body);
  } catch {
    throw malformed('body', 'UTF-8 text', `${body.byteLength} bytes that are not UTF-8`);
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
