/** Reads the answer of Redis to `ACL LOG`. Pure. */
import type { StoreDenial } from './store-admin.ts';

const MS_PER_SECOND = 1_000;

/** Leaves entries out that it cannot read: a later version of Redis may word them in another way. */
export function parseStoreDenials(answer: unknown): readonly StoreDenial[] {
  return Array.isArray(answer) ? answer.flatMap((entry: unknown) => denialOf(fieldsOf(entry))) : [];
}

/** An entry is a list of names and values, or a map in the newer protocol. */
function fieldsOf(entry: unknown): ReadonlyMap<string, unknown> {
  if (entry instanceof Map) return entry as ReadonlyMap<string, unknown>;
  if (!Array.isArray(entry)) return new Map(typeof entry === 'object' && entry !== null ? Object.entries(entry) : []);
  const fields = new Map<string, unknown>();
  for (let at = 0; at + 1 < entry.length; at += 2) fields.set(String(entry[at]), entry[at + 1]);
  return fields;
}

function denialOf(fields: ReadonlyMap<string, unknown>): readonly StoreDenial[] {
  const [count, ageMs] = [Number(fields.get('count')), Number(fields.get('age-seconds')) * MS_PER_SECOND];
  const texts = ['reason', 'context', 'object', 'username', 'client-info'].map((name) => fields.get(name));
  if (!(count > 0) || !(ageMs >= 0) || !texts.every((text) => typeof text === 'string')) return [];
  const [reason = '', context = '', object = '', user = '', client = ''] = texts;
  const id = fields.get('entry-id');
  return [{ entryId: id === undefined ? undefined : Number(id), reason, context, object, user, from: addressOf(client), count, ageMs }];
}

/** `addr=127.0.0.1:4711` or `addr=[::1]:4711`, without the port. The name of the client comes later in the line. */
function addressOf(client: string): string {
  return (/(?:^| )addr=(\S*):\d+(?: |$)/.exec(client)?.[1] ?? '').replace(/^\[|\]$/g, '');
}
