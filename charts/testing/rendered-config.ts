/** Files of a rendered ConfigMap, on this machine instead of in a pod. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChartCase, renderObjects, type RenderedObject } from './render-chart.ts';

/** A letter first, as the credentials job makes them; the rest reads like a number. */
export const testPassword = (user: string): string => `p-0_${user}-1e5`;

export async function findObject(chartCase: ChartCase, kind: string, name: string): Promise<RenderedObject> {
  const found = (await renderObjects(chartCase)).find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`expected a rendered ${kind} ${name}, found none`);
  return found;
}

/** Writes every file into `folder`, with each path or address on the left replaced by the one on the right. */
export function writeMoved({ data }: RenderedObject, folder: string, replacements: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(data as Readonly<Record<string, string>>)) {
    const moved = Object.entries(replacements).reduce((result, [from, to]) => result.replaceAll(from, to), text);
    writeFileSync(join(folder, file), moved);
  }
}
