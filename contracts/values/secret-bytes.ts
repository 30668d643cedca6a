/** Finds the bytes of a shared secret in the content of its file or Secret, for the gateway, the command line and tests. Pure. */

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const TAB = 0x09;
const FIRST_PRINTABLE = 0x20;
const DELETE = 0x7f;

/**
 * The secret that `content` holds. `echo` and editors end text with a line end that is not meant to be part of the secret, so text loses one
 * (LF or CRLF). All other content is binary and is the secret byte for byte, also when its last byte happens to be LF.
 *
 * Text is valid UTF-8 without control characters other than tab, LF and CR.
 * Of random bytes that end in LF, one in about 100,000 is text when the secret has 16 bytes, and fewer than one in 10⁹ when it has 32.
 */
export function secretBytes(content: Uint8Array): Uint8Array {
  if (content.at(-1) !== LINE_FEED || !isText(content)) return content;
  return content.subarray(0, content.at(-2) === CARRIAGE_RETURN ? -2 : -1);
}

function isText(content: Uint8Array): boolean {
  return !content.some(isControl) && isUtf8(content);
}

function isUtf8(content: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(content);
    return true;
  } catch {
    return false;
  }
}

function isControl(byte: number): boolean {
  if (byte === TAB || byte === LINE_FEED || byte === CARRIAGE_RETURN) return false;
  return byte < FIRST_PRINTABLE || byte === DELETE;
}
