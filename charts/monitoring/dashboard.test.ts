import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderDashboard } from './dashboard.ts';
import { DASHBOARDS } from './monitoring-files.ts';

interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

for (const dashboard of DASHBOARDS) {
  const panels = (JSON.parse(renderDashboard(dashboard)) as { readonly panels: readonly PanelJson[] }).panels;

  test(`${dashboard.uid}: gives every panel an id of its own and words that explain it`, () => {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const { type, title, description } of panels) assert.ok(type === 'row' || (description ?? '').length > 10, title);
  });

  test(`${dashboard.uid}: lays no panel over another, and none beyond the edge`, () => {
    for (const [index, { gridPos: a, title }] of panels.entries()) {
      assert.ok(a.x + a.w <= 24, title);
      for (const { gridPos: b, title: other } of panels.slice(index + 1)) {
        const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
        assert.ok(apart, `${title} and ${other}`);
      }
    }
  });
}
