/** Every setting of the gateway; a missing or bad one stops it at the start. */
import { SERVICE_PORTS } from '@flotilla/contracts';
import { busSettings, commonSettings, storeSettings } from '@flotilla/runtime';
import { z } from 'zod';
import { makeAddressSet } from './http/client-address.ts';

export const settingsSchema = z.object({
  ...commonSettings(SERVICE_PORTS.gateway),
  ...busSettings,
  ...storeSettings,
  /** The sources file, contracts/control/gateway-config.ts; read again when it changes. */
  FLOTILLA_SOURCES_FILE: z.string().min(1),
  /** Recorded data for replays: `<dataset>.csv` and `datasets.json`. */
  FLOTILLA_DATA_DIR: z.string().min(1),
  /** Proxies whose X-Forwarded-For counts: IP addresses or CIDR ranges with commas between. Default: none. */
  FLOTILLA_TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((text, context) => {
      const set = makeAddressSet(text === '' ? [] : text.split(',').map((entry) => entry.trim()));
      if (typeof set !== 'string') return set;
      context.addIssue({ code: 'custom', message: set });
      return z.NEVER;
    }),
});

export type Settings = z.infer<typeof settingsSchema>;
