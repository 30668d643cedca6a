/** Gives the token by which a poison subject names a consumer. */
import { sha256 } from '../values/ids.ts';

const TOKEN_CHARACTERS_MAX = 63;
const HASH_CHARACTERS = 16;

/** The name of the consumer. A name longer than a token of a subject is cut, and ends with a hash of the whole name. */
export function consumerToken(consumer: string): string {
  if (consumer.length <= TOKEN_CHARACTERS_MAX) return consumer;
  return `${consumer.slice(0, TOKEN_CHARACTERS_MAX - HASH_CHARACTERS - 1)}-${sha256(consumer).slice(0, HASH_CHARACTERS)}`;
}
