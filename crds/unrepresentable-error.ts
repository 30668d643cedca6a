/** The error for a zod schema that a CRD cannot represent exactly. The path names the field. */
export class UnrepresentableError extends Error {
  override readonly name = 'UnrepresentableError';

  constructor(path: string, problem: string) {
    super(`${path === '' ? '(root)' : path}: ${problem}`);
  }
}
