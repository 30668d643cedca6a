/** Runs the stages of one story as tests. Each stage builds on the one before, so the first failure ends the story. */
import { test } from 'node:test';

/** Registers tests with {@link test}; `missing` says why all of them are skipped, `describe` what there is to see after a failure. */
export function tellStages(
  missing: string | undefined,
  describe: () => Promise<string>,
): (title: string, run: () => Promise<void>) => void {
  const startedMs = performance.now();
  let failed: string | undefined;
  return (title, run) => {
    void test(title, { skip: missing ?? false }, async (context) => {
      if (failed !== undefined) {
        context.skip(`after the failure of: ${failed}`);
        return;
      }
      const atMs = performance.now();
      try {
        await run();
      } catch (error) {
        failed = title;
        console.log(await describe());
        throw error;
      } finally {
        console.log(`  ${seconds(performance.now() - startedMs)}  (${seconds(performance.now() - atMs)})  ${title}`);
      }
    });
  };
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`.padStart(7);
}
