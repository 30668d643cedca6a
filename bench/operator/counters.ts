/** Reads counters from the text format of Prometheus. Pure. */

export interface Counter {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The counters with one of the names. Other lines are ignored. */
export function parseCounters(text: string, names: ReadonlySet<string>): readonly Counter[] {
  const counters: Counter[] = [];
  for (const line of text.split('\n')) {
    const [, name = '', labels = '', value = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
    if (names.has(name)) counters.push({ name, labels: parseLabels(labels), value: Number(value) });
  }
  return counters;
}

function parseLabels(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = '', value = '']) => [name, value]));
}

/** Successful writes per `<verb> <resource>[/<subresource>]` between two readings of `apiserver_request_total`. */
export function writesBetween(before: readonly Counter[], after: readonly Counter[]): ReadonlyMap<string, number> {
  const writes = new Map<string, number>();
  const add = (counters: readonly Counter[], sign: 1 | -1): void => {
    for (const { labels, value } of counters) {
      const { verb = '', resource = '', subresource = '', code = '' } = labels;
      if (!WRITE_VERBS.has(verb) || !code.startsWith('2')) continue;
      const key = `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}`;
      writes.set(key, (writes.get(key) ?? 0) + sign * value);
    }
  };
  add(after, 1);
  add(before, -1);
  return new Map([...writes].filter(([, count]) => count > 0).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const WRITE_VERBS = new Set(['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE', 'DELETECOLLECTION']);
