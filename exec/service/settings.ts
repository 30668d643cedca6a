/** Settings of exec. */
import { SERVICE_PORTS, token } from '@flotilla/contracts';
import { busSettings, commonSettings, networkSettings, tracingSettings } from '@flotilla/runtime/config.ts';
import { z } from 'zod';

export const execSettingsSchema = z.object({
  ...commonSettings(SERVICE_PORTS.exec),
  ...tracingSettings,
  ...busSettings,
  ...networkSettings,
  FLOTILLA_PORTFOLIO: token.describe('Portfolio whose orders this exec decides and sends.'),
  FLOTILLA_STREAM_REPLICAS: z.coerce
    .number()
    .int()
    .min(1)
    .max(5)
    .optional()
    .describe('Replicas of each stream. With 1, exec has several writes on their way at once. Default: unknown, one write at a time.'),
});
export type ExecSettings = z.infer<typeof execSettingsSchema>;
