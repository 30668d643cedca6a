/**
 * Makes what two values of parsed JSON have in common one thing in memory: a parser makes everything anew, yet the next version of an object says
 * mostly what the one before said, and objects of one kind are much alike. Most of a cache's memory, and equal parts are found equal at once.
 *
 * Changes `value`, gives `like` itself when all of it is equal, and never changes `like`.
 */
export function shareStructure<T>(value: T, like: unknown): T {
  return share(value, like) as T;
}

/** The same, one step down: `value` stays itself and so do its members, their parts are shared. For two objects that are alike, but two. */
export function shareParts<T extends object>(value: T, like: object): T {
  const [members, others] = [value, like] as [Record<string, unknown>, Record<string, unknown>];
  for (const key of Object.keys(members)) {
    const [member, other] = [members[key], others[key]];
    if (!isContainer(member) || !isContainer(other)) members[key] = share(member, other);
    else for (const part of Object.keys(member)) member[part] = share(member[part], other[part]);
  }
  return value;
}

function share(value: unknown, like: unknown): unknown {
  if (value === like) return like;
  if (!isContainer(value) || !isContainer(like) || Array.isArray(value) !== Array.isArray(like)) return value;
  let members = 0;
  let isSame = true;
  for (const key in value) {
    members += 1;
    const [member, other] = [value[key], like[key]];
    // A string by itself is left alone: the few in parts that differ are not worth a write each.
    if (member === other && other !== undefined) continue;
    const shared = isContainer(member) ? share(member, other) : member;
    if (shared === other && other !== undefined) value[key] = shared;
    else isSame = false;
  }
  return isSame && members === Object.keys(like).length ? like : value;
}

/** An object or an array. */
function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
