import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeMetrics } from '@flotilla/runtime/metrics.ts';
import type { TenantState } from './keep-tenants.ts';
import { registerTenantMetrics } from './tenant-metrics.ts';

test('flotilla_tenants: shows the present state of each namespace alone, and its own as served', async () => {
  const metrics = makeMetrics('test');
  const states = new Map<string, TenantState>([['desk', 'Opening']]);
  registerTenantMetrics(metrics, 'trading', () => states);
  const samples = async (): Promise<readonly string[]> =>
    (await metrics.render()).split('\n').filter((line) => line.startsWith('flotilla_tenants{'));
  assert.deepEqual(await samples(), [
    'flotilla_tenants{tenant="trading",state="Serving"} 1',
    'flotilla_tenants{tenant="desk",state="Opening"} 1',
  ]);
  states.set('desk', 'Serving');
  assert.deepEqual(await samples(), [
    'flotilla_tenants{tenant="trading",state="Serving"} 1',
    'flotilla_tenants{tenant="desk",state="Serving"} 1',
  ]);
});
