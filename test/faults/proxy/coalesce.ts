/** Joins several events of one object into one event with the same result, as a slow server may do. */

export interface WatchLine {
  readonly text: string;
  readonly event: {
    readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
    readonly object: { readonly metadata?: { readonly name?: string; readonly namespace?: string } };
  };
}

export function coalesce(lines: readonly WatchLine[]): readonly WatchLine[] {
  const firstTypes = new Map<string, string>();
  const lastOf = new Map<string, WatchLine>();
  for (const line of lines) {
    const { type, object } = line.event;
    const key = type === 'BOOKMARK' || type === 'ERROR' ? type : `${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`;
    if (!firstTypes.has(key)) firstTypes.set(key, type);
    lastOf.delete(key);
    lastOf.set(key, line);
  }
  return [...lastOf].flatMap(([key, line]) => {
    const first = firstTypes.get(key);
    const { type, object } = line.event;
    if (type === 'BOOKMARK' || type === 'ERROR') return [line];
    // Came and went: there is nothing to tell.
    if (first === 'ADDED' && type === 'DELETED') return [];
    const told = type === 'DELETED' ? type : first === 'ADDED' ? 'ADDED' : 'MODIFIED';
    return [{ text: JSON.stringify({ type: told, object }), event: { type: told, object } }];
  });
}
