/** PromQL from the table of metrics: what it does not know does not compile. */
import { type LabelOf, METRICS, type MetricName, type Service } from './metric-table.ts';
import type { TargetLabelName } from './target-labels.ts';

/** A value, or a matcher with its operator in front: `!=x`, `=~x|y`, `!~x`. */
type Matchers<Name extends MetricName> = Readonly<Partial<Record<LabelOf<Name> | TargetLabelName, string>>>;
type OfType<Type extends string> = { [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never }[MetricName];

export interface Queries {
  /** The series as they are. */
  gauge<Name extends OfType<'gauge'>>(name: Name, matchers?: Matchers<Name>): string;
  /** Per second. */
  rate<Name extends OfType<'counter'>>(name: Name, matchers?: Matchers<Name>): string;
  /** Over the window; another than the default may be given. */
  increase<Name extends OfType<'counter'>>(name: Name, matchers?: Matchers<Name>, window?: string): string;
  /** Of a histogram, by labels. */
  quantile<Name extends OfType<'histogram'>>(
    quantile: number,
    name: Name,
    by: readonly (LabelOf<Name> | TargetLabelName)[],
    matchers?: Matchers<Name>,
  ): string;
  /** `up` of the pods of a service. */
  up(service: Service): string;
}

export interface QueryScope {
  /** Matchers of every selector, for example `namespace=~"$namespace"`. */
  readonly common: string;
  /** Range of rates, for example `5m`. */
  readonly window: string;
}

export function makeQueries({ common, window }: QueryScope): Queries {
  const braces = (matchers: readonly string[]): string => `{${[...matchers, ...(common === '' ? [] : [common])].join(',')}}`;
  const select = <Name extends MetricName>(name: Name, matchers?: Matchers<Name>, suffix = ''): string => {
    const own = Object.entries<string | undefined>(matchers ?? {}).map(([label, value]) => matcherOf(label, value ?? ''));
    return `${name}${suffix}${braces([jobOf(name), ...own])}`;
  };
  return {
    gauge: select,
    rate: (name, matchers) => `rate(${select(name, matchers)}[${window}])`,
    increase: (name, matchers, over = window) => `increase(${select(name, matchers)}[${over}])`,
    quantile: (quantile, name, by, matchers) =>
      `histogram_quantile(${quantile}, ${sumBy(['le', ...by], `rate(${select(name, matchers, '_bucket')}[${window}])`)})`,
    up: (service) => `up${braces([`job="${jobName(service)}"`])}`,
  };
}

export function sumBy(labels: readonly string[], expression: string): string {
  return aggregate('sum', labels, expression);
}
export function maxBy(labels: readonly string[], expression: string): string {
  return aggregate('max', labels, expression);
}

export function jobName(service: Service): string {
  return `flotilla-${service}`;
}

function aggregate(operator: string, labels: readonly string[], expression: string): string {
  return labels.length === 0 ? `${operator}(${expression})` : `${operator} by (${labels.join(', ')}) (${expression})`;
}

/** Other controllers serve metrics of the same names. */
function jobOf(name: MetricName): string {
  const services: readonly Service[] = METRICS[name].services;
  const only = services.length === 1 ? services[0] : undefined;
  return only === undefined ? `job=~"${services.map(jobName).join('|')}"` : `job="${jobName(only)}"`;
}

function matcherOf(label: string, value: string): string {
  const operator = /^(!=|=~|!~)/.exec(value)?.[0] ?? '';
  return `${label}${operator === '' ? '=' : operator}${JSON.stringify(value.slice(operator.length))}`;
}
