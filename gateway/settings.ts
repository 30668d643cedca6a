/** Every setting of the gateway; a missing or bad one stops it at the start. */
import { SERVICE_PORTS } from '@flotilla/contracts';
import { objectName } from '@flotilla/contracts/values/scalars.ts';
import {
  busSettings,
  commonSettings,
  networkSettings,
  normaliserLoginSettings,
  storeSettings,
  tracingSettings,
} from '@flotilla/runtime/config.ts';
import { z } from 'zod';
import { makeAddressSet } from './addresses/client-address.ts';

export const settingsSchema = z.object({
  ...commonSettings(SERVICE_PORTS.gateway),
  ...tracingSettings,
  ...busSettings,
  ...normaliserLoginSettings,
  ...networkSettings,
  ...storeSettings,
  FLOTILLA_NAMESPACE: objectName.describe('Namespace of the gateway. Its keys at Redis begin with it.'),
  HEALTH_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(SERVICE_PORTS.gatewayHealth)
    .describe('Port of `/live`, `/ready`, `/health` and `/metrics`. Webhooks arrive at `PORT`. 0 takes a free port.'),
  FLOTILLA_DRAIN_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(15_000)
    .default(1_000)
    .describe('Time for which a stopping gateway still takes webhooks, in milliseconds, while its Service stops sending them.'),
  FLOTILLA_SOURCES_FILE: z
    .string()
    .min(1)
    .describe('File with the signal sources (`contracts/control/gateway-config.ts`). The gateway reads the file again when it changes.'),
  FLOTILLA_DATA_DIR: z
    .string()
    .min(1)
    .describe('Folder with recorded data for sources that name no folder: `datasets.json` and one `<dataset>.csv` for each.'),
  FLOTILLA_TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((text, context) => {
      const set = makeAddressSet(text === '' ? [] : text.split(',').map((entry) => entry.trim()));
      if (typeof set !== 'string') return set;
      context.addIssue({ code: 'custom', message: set });
      return z.NEVER;
    })
    .describe('Proxies whose `X-Forwarded-For` header is believed: IP addresses or CIDR ranges, separated by commas.'),
});

export type Settings = z.infer<typeof settingsSchema>;
