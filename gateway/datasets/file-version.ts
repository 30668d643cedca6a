/** Tells whether a file has changed since it was looked at. Pure. */

/** Differs after a change of the file. */
export function fileVersion({ size, mtimeMs, ino }: { readonly size: number; readonly mtimeMs: number; readonly ino: number }): string {
  return `${size}/${mtimeMs}/${ino}`;
}
