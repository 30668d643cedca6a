/** Shorter ones are cheap, longer ones are seldom the same. */
const LENGTH_MIN = 8;
const LENGTH_MAX = 256;

/**
 * Makes equal strings of parsed JSON one string: objects of one kind say mostly the same (labels, names of secrets, settings of pods), and a parser
 * makes each anew. A third of a cache's memory. Changes the value that it is given and returns it. Starts over when it knows `stringsMax`.
 */
export function makeStringSharing(stringsMax = 2_000): <T>(value: T) => T {
  const known = new Map<string, string>();

  const shareString = (text: string): string => {
    if (text.length < LENGTH_MIN || text.length > LENGTH_MAX) return text;
    const same = known.get(text);
    if (same !== undefined) return same;
    if (known.size >= stringsMax) known.clear();
    known.set(text, text);
    return text;
  };
  const share = (value: unknown): unknown => {
    if (typeof value === 'string') return shareString(value);
    if (typeof value !== 'object' || value === null) return value;
    const parts = value as Record<string, unknown>;
    for (const key in parts) {
      const part = parts[key];
      if (typeof part === 'string') parts[key] = shareString(part);
      else if (typeof part === 'object') share(part);
    }
    return value;
  };
  return (value) => share(value) as typeof value;
}
