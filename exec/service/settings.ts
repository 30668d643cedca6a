/** Settings of exec. */
import { SERVICE_PORTS, token } from '@flotilla/contracts';
import { busSettings, commonSettings } from '@flotilla/runtime/config.ts';
import { z } from 'zod';

export const execSettingsSchema = z.object({
  ...commonSettings(SERVICE_PORTS.exec),
  ...busSettings,
  FLOTILLA_PORTFOLIO: token.describe('Portfolio whose orders this exec decides and sends.'),
});
export type ExecSettings = z.infer<typeof execSettingsSchema>;
