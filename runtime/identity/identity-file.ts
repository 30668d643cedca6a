/** Reads the file in which the credentials job keeps the keys of one reader. */
import { readFileSync } from 'node:fs';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';

const SETTING = 'FLOTILLA_BUS_IDENTITY_FILE';

/** @throws FlotillaError `CONFIG_INVALID` when the file cannot be read, or lacks a field; the message repeats no content */
export function readIdentityFile<T extends object>(path: string, fields: readonly (keyof T & string)[]): T {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new FlotillaError('CONFIG_INVALID', `${SETTING}: the file ${path} cannot be read (${code})`);
  }
  const value = parse(text);
  const missing = fields.filter((field) => !(field in value));
  if (missing.length > 0)
    throw new FlotillaError(
      'CONFIG_INVALID',
      `${SETTING}: expected JSON with ${fields.join(', ')}, found a file without ${missing.join(', ')}`,
    );
  return value as T;
}

function parse(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
