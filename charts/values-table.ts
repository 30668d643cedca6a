/** The schema of the chart's values, read as a table for people. Pure. */

export interface ValuesSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, ValuesSchema>>;
  readonly additionalProperties?: boolean | ValuesSchema;
  readonly items?: ValuesSchema;
  readonly definitions?: Readonly<Record<string, ValuesSchema>>;
}

export interface ValueRow {
  /** `nats.storage.size` */
  readonly path: string;
  readonly description: string;
}

/** Objects that the table shows as one value: their fields are Kubernetes' own. */
const WHOLE = new Set(['#/definitions/resources', '#/definitions/affinity']);

/** Every value that is not an object with values of its own. */
export function flattenSchema(root: ValuesSchema): readonly ValueRow[] {
  const walk = (schema: ValuesSchema, path: string): readonly ValueRow[] => {
    const resolved = resolve(root, schema);
    if (resolved.properties === undefined || WHOLE.has(schema.$ref ?? '')) {
      return [{ path, description: schema.description ?? resolved.description ?? '' }];
    }
    return Object.entries(resolved.properties).flatMap(([name, child]) => walk(child, path === '' ? name : `${path}.${name}`));
  };
  return walk(root, '');
}

/** A table in Markdown: value, default, meaning. */
export function valuesTable(root: ValuesSchema, defaults: unknown): string {
  const rows = flattenSchema(root)
    .filter(({ path }) => path !== 'global')
    .map(
      ({ path, description }) =>
        `| \`${path}\` | \`${JSON.stringify(at(defaults, path)) ?? ''}\` | ${description.replaceAll('|', '\\|')} |`,
    );
  return ['| value | default | is |', '|---|---|---|', ...rows, ''].join('\n').replaceAll(/`"([^`]+)"`/g, '`$1`');
}

function resolve(root: ValuesSchema, schema: ValuesSchema): ValuesSchema {
  const name = schema.$ref?.replace('#/definitions/', '');
  return name === undefined ? schema : (root.definitions?.[name] ?? schema);
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((part, key) => (part as Readonly<Record<string, unknown>> | undefined)?.[key], value);
}
