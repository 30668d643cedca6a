/**
 * Stands in for `node:test` in the mutant worker: keeps the tests of one file and runs them one after the other, up to the first failure.
 *
 * Knows what unit tests use, `test` and `after`. Importing anything else from it fails, so such a file seems to fail without a mutant.
 */
type Work = () => unknown;

let tests: Work[] = [];
let cleanups: Work[] = [];

/** @public for test files, which import `node:test` */
export function test(_title: string, work: Work): void {
  tests.push(work);
}

/** @public for test files, which import `node:test` */
export function after(work: Work): void {
  cleanups.push(work);
}

/** Forgets the tests of the file before. */
export function beginFile(): void {
  tests = [];
  cleanups = [];
}

/** @throws the error of the first test that fails */
export async function runFile(): Promise<void> {
  try {
    for (const work of tests) await work();
  } finally {
    for (const work of cleanups) await work();
  }
}
