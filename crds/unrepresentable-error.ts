/** A zod schema says something that a CRD cannot say in exactly the same way; the path names where. */
export class UnrepresentableError extends Error {
  override readonly name = 'UnrepresentableError';

  constructor(path: string, problem: string) {
    super(`${path === '' ? '(root)' : path}: ${problem}`);
  }
}
