/** Grafana dashboards as JSON: the little of the format that ours use. */

export type Unit = 'short' | 's' | 'reqps' | 'ops' | 'percentunit' | 'bytes' | 'none' | 'dateTimeFromNow';

export interface Target {
  readonly expression: string;
  /** Grafana's template over labels, for example `{{controller}}`. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  readonly description: string;
  readonly kind: 'timeseries' | 'stat' | 'table';
  readonly unit: Unit;
  readonly targets: readonly Target[];
  /** Value from which it is shown red; timeseries draw a line there. */
  readonly alarmFrom?: number;
  /** Of 24 columns. */
  readonly width: 6 | 8 | 12 | 24;
  readonly stacked?: boolean;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Dashboard {
  /** Stable: links and updates go by it. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
}

const COLUMNS = 24;
const HEIGHT = { timeseries: 8, stat: 5, table: 8 } as const;
const SCHEMA_VERSION = 39;
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const;
/** A metric of every operator, to offer its namespaces. */
const NAMESPACES = 'label_values(leader_election_master_status{job="flotilla-operator"}, namespace)';

export function renderDashboard(dashboard: Dashboard): string {
  const panels: object[] = [];
  let y = 0;
  for (const row of dashboard.rows) {
    panels.push({
      type: 'row',
      id: panels.length + 1,
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of row.panels) {
      if (x + panel.width > COLUMNS) {
        y += height;
        x = 0;
        height = 0;
      }
      panels.push(panelJson(panel, panels.length + 1, { x, y, w: panel.width, h: HEIGHT[panel.kind] }));
      x += panel.width;
      height = Math.max(height, HEIGHT[panel.kind]);
    }
    y += height;
  }
  return `${JSON.stringify(envelope(dashboard, panels), undefined, 2)}\n`;
}

function envelope({ uid, title, description }: Dashboard, panels: readonly object[]): object {
  return {
    uid,
    title,
    description,
    tags: ['flotilla'],
    schemaVersion: SCHEMA_VERSION,
    editable: false,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'utc',
    templating: {
      list: [
        { type: 'datasource', name: 'datasource', label: 'Data source', query: 'prometheus', hide: 0 },
        {
          type: 'query',
          name: 'namespace',
          label: 'Namespace',
          datasource: DATASOURCE,
          definition: NAMESPACES,
          query: { query: NAMESPACES, refId: 'namespace' },
          refresh: 2,
          includeAll: true,
          multi: true,
          current: { text: 'All', value: '$__all' },
        },
      ],
    },
    annotations: { list: [] },
    links: [{ type: 'dashboards', tags: ['flotilla'], title: 'Flotilla', asDropdown: true, includeVars: true, keepTime: true }],
    panels,
  };
}

function panelJson(panel: Panel, id: number, gridPos: object): object {
  return {
    id,
    type: panel.kind,
    title: panel.title,
    description: panel.description,
    datasource: DATASOURCE,
    gridPos,
    targets: panel.targets.map(({ expression, legend }, index) => ({
      refId: `Q${index}`,
      datasource: DATASOURCE,
      expr: expression,
      legendFormat: legend,
      ...(panel.kind === 'timeseries' ? { range: true } : { instant: true }),
      ...(panel.kind === 'table' ? { format: 'table' } : {}),
    })),
    fieldConfig: { defaults: fieldDefaults(panel), overrides: [] },
    options: optionsOf(panel),
    ...(panel.kind === 'table' ? { transformations: [{ id: 'organize', options: { excludeByName: { Time: true } } }] } : {}),
  };
}

function fieldDefaults({ kind, unit, alarmFrom, stacked }: Panel): object {
  const steps = [{ color: 'green', value: null }, ...(alarmFrom === undefined ? [] : [{ color: 'red', value: alarmFrom }])];
  const custom = {
    drawStyle: 'line',
    fillOpacity: stacked === true ? 30 : 5,
    showPoints: 'never',
    stacking: { mode: stacked === true ? 'normal' : 'none' },
    thresholdsStyle: { mode: alarmFrom === undefined ? 'off' : 'line' },
  };
  return { unit, min: 0, thresholds: { mode: 'absolute', steps }, ...(kind === 'timeseries' ? { custom } : {}) };
}

function optionsOf({ kind }: Panel): object {
  switch (kind) {
    case 'timeseries':
      return {
        legend: { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'] },
        tooltip: { mode: 'multi', sort: 'desc' },
      };
    case 'stat':
      return { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'background', graphMode: 'none', textMode: 'value_and_name' };
    default:
      return { showHeader: true };
  }
}
