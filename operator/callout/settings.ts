/** Schema of the settings of the callout. The start of the callout and the reference page read it. */
import { SERVICE_PORTS } from '@flotilla/contracts/values/service-ports.ts';
import { commonSettings } from '@flotilla/runtime/config.ts';
import { z } from 'zod';

/** Settings of the callout, read from the environment. */
export const calloutSettingsSchema = z.object({
  ...commonSettings(SERVICE_PORTS.callout),
  NATS_URL: z.url({ protocol: /^(nats|tls)$/ }).describe('Address of NATS.'),
  FLOTILLA_BUS_IDENTITY_FILE: z
    .string()
    .min(1)
    .describe('File with the key by which the callout signs users of the bus, as the credentials job made the file. Secret.'),
});
