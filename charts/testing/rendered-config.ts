/** Files of a rendered ConfigMap, on this machine instead of in a pod. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChartCase, renderObjects, type RenderedObject } from './render-chart.ts';

/** Like a number to who reads only its beginning. */
export const testPassword = (user: string): string => `1e5-${user}_0`;

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

interface RenderedVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string }; readonly fieldRef?: { readonly fieldPath: string } };
}

/** `NAME=value` of a server's container, as a kubelet would set them: passwords by user, `$(NAME)` expanded. */
export function renderedEnvironment({ spec }: RenderedObject, podName: string): readonly string[] {
  const { template } = spec as {
    readonly template: { readonly spec: { readonly containers: readonly { readonly env: RenderedVariable[] }[] } };
  };
  const values = new Map<string, string>();
  for (const { name, value, valueFrom } of template.spec.containers[0]?.env ?? []) {
    const secret = valueFrom?.secretKeyRef?.name;
    const given = secret === undefined ? (valueFrom === undefined ? value : podName) : testPassword(secret.split('-').at(-1) ?? '');
    const expand = (text: string): string => text.replaceAll(/\$\((\w+)\)/g, (whole, other: string) => values.get(other) ?? whole);
    // Kubernetes does not expand the value of a Secret.
    values.set(name, secret === undefined ? expand(given ?? '') : (given ?? ''));
  }
  return [...values].map(([name, value]) => `${name}=${value}`);
}
