/**
 * Lets two values of parsed JSON share their equal parts. A parser makes every part anew, although the next version of an object is mostly equal
 * to the version before, and objects of one kind resemble each other. Sharing saves most of a cache's memory and makes comparisons fast.
 *
 * Changes `value`, never changes `like`, and returns `like` itself when both are equal.
 */
export function shareStructure<T>(value: T, like: unknown): T {
  return share(value, like) as T;
}

/** Shares the parts one level down: `value` and its members stay objects of their own. For two different objects that resemble each other. */
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
    // Strings are not shared: the few strings in parts that differ are not worth a write each.
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
