/** Links between the Markdown pages of the project: which are broken, and which pages of a folder no link leads to. Pure. */
import { dirname, join, normalize } from 'node:path/posix';

export interface MarkdownPage {
  /** Relative to the root of the project. */
  readonly path: string;
  readonly text: string;
}

/** Targets of relative links, as paths from the root. Links to other sites and to anchors of the same page are left out. */
export function linkTargets({ path, text }: MarkdownPage): readonly string[] {
  const prose = text.replaceAll(/```[\s\S]*?```/g, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.split('#')[0] ?? '')
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
    .map((target) => normalize(join(dirname(path), target)).replace(/\/$/, ''));
}

/** One sentence for each link whose target does not exist. */
export function brokenLinks(pages: readonly MarkdownPage[], exists: (path: string) => boolean): readonly string[] {
  return pages.flatMap((page) =>
    linkTargets(page).flatMap((target) => (exists(target) ? [] : [`${page.path}: links to ${target}, which does not exist`])),
  );
}

/** Pages under the folder of `start` to which no chain of links from `start` leads. A link to a folder leads to its README alone. */
export function unreachablePages(pages: readonly MarkdownPage[], start: string): readonly string[] {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  const reached = new Set<string>();
  const visit = (path: string): void => {
    const page = byPath.get(path) ?? byPath.get(`${path}/README.md`);
    if (page === undefined || reached.has(page.path)) return;
    reached.add(page.path);
    linkTargets(page).forEach(visit);
  };
  visit(start);
  return [...byPath.keys()].filter((path) => path.startsWith(`${dirname(start)}/`) && !reached.has(path)).toSorted();
}
