/** A path of the container and where it lies on this machine. Absolute, without a slash at the end. */
export interface PathMapping {
  readonly containerPath: string;
  readonly hostPath: string;
}

/**
 * Stands in for the mount namespace that a process does not have: a text that is a mounted path, or begins with one, gets the path on this
 * machine instead. `name=/path` is understood too, for flags. The longest mapping wins.
 */
export function rewritePaths(text: string, mappings: readonly PathMapping[]): string {
  const flag = /^(--?[A-Za-z0-9_.-]+=)(\/.*)$/s.exec(text);
  if (flag !== null) return `${flag[1]}${rewritePath(flag[2] ?? '', mappings)}`;
  return rewritePath(text, mappings);
}

function rewritePath(text: string, mappings: readonly PathMapping[]): string {
  let best: PathMapping | undefined;
  for (const mapping of mappings) {
    const { containerPath } = mapping;
    const applies = text === containerPath || text.startsWith(`${containerPath}/`);
    if (applies && containerPath.length > (best?.containerPath.length ?? -1)) best = mapping;
  }
  return best === undefined ? text : best.hostPath + text.slice(best.containerPath.length);
}
