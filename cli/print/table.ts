/** Formats rows as aligned columns of text. For every command and the demos. Pure. */
import { stripVTControlCharacters } from 'node:util';
import { PLAIN, type Style } from './style.ts';

export interface Column {
  readonly title: string;
  /** Numbers are aligned on the right. Default: left. */
  readonly align?: 'left' | 'right';
}

const GAP = '  ';

/** One line per row under the titles, two blanks between columns, none at line ends. Cells may be coloured. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[], style: Style = PLAIN): string {
  const widths = columns.map(({ title }, index) => Math.max(...[title, ...rows.map((row) => row[index] ?? '')].map(widthOf)));
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, index) => pad(cells[index] ?? '', widths[index] ?? 0, align ?? 'left'))
      .join(GAP)
      .trimEnd();
  return [style.bold(line(columns.map(({ title }) => title))), ...rows.map(line)].join('\n');
}

function pad(cell: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(width - widthOf(cell));
  return align === 'left' ? cell + blanks : blanks + cell;
}

/** Columns on the screen; colour codes take none of them. */
function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
