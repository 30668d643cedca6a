/** The settings of each service, from the schemas that the services check at their start. */
import { agentSettingsSchema } from '@flotilla/agents/runner/settings.ts';
import { auditSettings } from '@flotilla/audit/settings.ts';
import { execSettingsSchema } from '@flotilla/exec/service/settings.ts';
import { settingsSchema as gatewaySettingsSchema } from '@flotilla/gateway/settings.ts';
import { calloutSettingsSchema } from '@flotilla/operator/callout/settings.ts';
import { credentialsSettingsSchema } from '@flotilla/operator/credentials/settings.ts';
import { operatorSettingsSchema } from '@flotilla/operator/settings.ts';
import type { z } from 'zod';
import { code, page, table } from './markdown.ts';
import { fieldsOf } from './schema-fields.ts';

const SERVICES: readonly (readonly [title: string, schema: z.ZodType])[] = [
  ['Operator', operatorSettingsSchema],
  ['Gateway', gatewaySettingsSchema],
  ['Agent', agentSettingsSchema],
  ['Exec', execSettingsSchema],
  ['Audit', auditSettings],
  ['Callout', calloutSettingsSchema],
  ['Credentials job', credentialsSettingsSchema],
];

export function settingsPage(): string {
  return page(
    'Settings',
    'Each service reads its settings from the environment once, at its start. A missing or invalid setting ends the service with one message that names all of them. `X_FILE` names a file that holds the value of `X`, for example a mounted Secret; `X` itself wins. The operator sets them for the pods that it starts.',
    ...SERVICES.flatMap(([title, schema]) => [`## ${title}`, settingsTable(schema)]),
  );
}

function settingsTable(schema: z.ZodType): string {
  const rows = fieldsOf(schema, '').filter(({ path }) => /^[A-Z0-9_]+$/.test(path));
  return table(
    ['setting', 'type', '', 'means'],
    // A default that depends on the machine is told in words.
    rows.map(({ path, type, presence, description }) => [code(path), type, path === 'POD_NAME' ? '' : presence, description]),
  );
}
