/** The job before an uninstall: ends with 1 and so stops the uninstall, while objects remain that only the operator can end. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { objectName } from '@flotilla/contracts/values/scalars.ts';
import { loadConfig } from '@flotilla/runtime/config.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { z } from 'zod';
import { clusterAddress } from '../cluster-address.ts';
import { connectCluster } from '@flotilla/kube/mod.ts';
import { tenantNamesSetting, tenantSelection, tenantSelectorSetting } from '../tenants/tenant-settings.ts';
import { refusal, servedNamespaces, whatRemains } from './what-remains.ts';

const text = z.string().min(1);
const settingsSchema = z.object({
  KUBECONFIG: text.optional(),
  KUBERNETES_SERVICE_HOST: text.optional(),
  KUBERNETES_SERVICE_PORT: text.default('443'),
  FLOTILLA_NAMESPACE: objectName,
  FLOTILLA_TENANT_NAMESPACES: tenantNamesSetting.optional(),
  FLOTILLA_TENANT_SELECTOR: tenantSelectorSetting.optional(),
});

try {
  const settings = loadConfig('uninstall', settingsSchema, process.env);
  const namespace = settings.FLOTILLA_NAMESPACE;
  const cluster = connectCluster({ from: clusterAddress(settings), clock: systemClock, userAgent: 'flotilla-uninstall' });
  try {
    const selection = tenantSelection({ ...settings, FLOTILLA_TENANT_READS: 'Cluster' })?.selection;
    const namespaces = await servedNamespaces(cluster, namespace, selection);
    const reasons: string[] = [];
    for (const one of namespaces) {
      const reason = refusal(await whatRemains(cluster, one), one);
      if (reason !== undefined) reasons.push(reason);
    }
    if (reasons.length > 0) process.exitCode = 1;
    process.stdout.write(`${reasons.join('\n') || `nothing of Flotilla in ${namespaces.join(', ')} needs the operator`}\n`);
  } finally {
    await cluster.close();
  }
} catch (error) {
  process.stderr.write(`${error instanceof FlotillaError ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
