/** Measures how long a pod needs to connect: its token to the callout, the callout's lookup, and the answer. */
import { tokenLogin } from '@flotilla/runtime/identity/login.ts';
import { openRawLogin } from '@flotilla/runtime/testing/open-raw-connection.ts';
import type { Installation } from './installation.ts';

/** Milliseconds of each connect, one after the other. */
export async function measureConnect({ server }: Pick<Installation, 'server'>, token: string, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startedMs = performance.now();
    const connection = await openRawLogin(server.url, tokenLogin(token), false);
    times.push(performance.now() - startedMs);
    await connection.close();
  }
  return times;
}
