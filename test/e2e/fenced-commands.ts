/** Extracts the `sh` blocks of a page: the commands that a reader will type. Pure. */

export interface FencedCommands {
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly text: string;
}

export function fencedCommands(markdown: string): readonly FencedCommands[] {
  const blocks: FencedCommands[] = [];
  let open: { readonly line: number; readonly lines: string[] } | undefined;
  markdown.split('\n').forEach((text, index) => {
    if (open === undefined && text.trim() === '```sh') open = { line: index + 1, lines: [] };
    else if (open !== undefined && text.trim() === '```') {
      blocks.push({ line: open.line, text: open.lines.join('\n') });
      open = undefined;
    } else open?.lines.push(text);
  });
  return blocks;
}
