import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkloadSettings } from '../workload/settings.ts';
import { planAuditWriter } from './plan.ts';

const SETTINGS = { namespace: 'trading', image: 'flotilla:test', natsUrl: 'nats://nats:4222' } as WorkloadSettings;

interface Pod {
  readonly containers: readonly [
    {
      readonly env: readonly { readonly name: string; readonly value?: string }[];
      readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
    },
  ];
  readonly volumes: readonly {
    readonly name: string;
    readonly persistentVolumeClaim?: { readonly claimName: string };
    readonly secret?: object;
  }[];
}

/** The volume that holds the file of the setting `name`. */
function volumeOf(settings: WorkloadSettings, name: string): Pod['volumes'][number] | undefined {
  const deployment = planAuditWriter(settings).flatMap((intent) =>
    'manifest' in intent && intent.manifest.kind === 'Deployment'
      ? [intent.manifest as unknown as { spec: { template: { spec: Pod } } }]
      : [],
  )[0];
  const pod = deployment?.spec.template.spec;
  const path = pod?.containers[0].env.find((variable) => variable.name === name)?.value ?? '';
  const mounts = pod?.containers[0].volumeMounts.filter(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`)) ?? [];
  assert.equal(mounts.length, 1, `${name}=${path} lies in ${mounts.length} volumes`);
  return pod?.volumes.find((volume) => volume.name === mounts[0]?.name);
}

test("planAuditWriter: keeps the private key out of the log's volume, with a Secret and without one", () => {
  for (const auditKeySecret of [undefined, 'flotilla-audit-signing-key']) {
    const settings = { ...SETTINGS, auditKeySecret };
    assert.equal(volumeOf(settings, 'FLOTILLA_AUDIT_DIR')?.persistentVolumeClaim?.claimName, 'flotilla-audit');
    const key = volumeOf(settings, 'FLOTILLA_AUDIT_KEY_FILE');
    assert.equal(key?.persistentVolumeClaim?.claimName, auditKeySecret === undefined ? 'flotilla-audit-key' : undefined);
    assert.equal(key?.secret !== undefined, auditKeySecret !== undefined);
    const claims = planAuditWriter(settings).flatMap((intent) =>
      'manifest' in intent && intent.manifest.kind === 'PersistentVolumeClaim' ? [intent.manifest.metadata.name] : [],
    );
    assert.deepEqual(claims, auditKeySecret === undefined ? ['flotilla-audit', 'flotilla-audit-key'] : ['flotilla-audit']);
  }
});

test('planAuditWriter: names no collector of traces and opens no network to one, because the audit writer makes no spans', () => {
  const withCollector = { ...SETTINGS, otlpEndpoint: 'http://collector.example.com' };
  assert.deepEqual(planAuditWriter(withCollector), planAuditWriter(SETTINGS));
});
