/** Looks for secrets where none may stand: in logs, streams, the audit log, events, statuses and other objects of a run. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Shorter values are words, such as the name of a user. */
const SECRET_BYTES_MIN = 12;

/** Secrets by their form, whatever their value. */
const FORMS: readonly (readonly [name: string, form: RegExp])[] = [
  ['a seed of a key of the bus', /\bS[AOUNX][A-Z2-7]{56}\b/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  // The API server signs tokens of ServiceAccounts by RS256: the text begins with that header.
  ['a token of a ServiceAccount', /eyJhbGciOiJSUzI1NiIs[\w-]*\.[\w-]+\.[\w-]+/],
];

/** A text or file in which no secret may stand. */
export interface Place {
  readonly name: string;
  readonly content: Buffer;
}

/** Every file below a folder. @param except folders and files, relative to `root`, that are there to hold secrets */
export function filePlaces(root: string, folder: string, except: readonly RegExp[] = []): readonly Place[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => join(root, folder, path))
    .filter((path) => statSync(path).isFile() && !except.some((pattern) => pattern.test(relative(root, path))))
    .map((path) => ({ name: relative(root, path), content: readFileSync(path) }));
}

const SECRET_NAME = /seed|secret|password|token/i;

/** The texts in a structure of keys whose names say that they are secret, by their path. */
export function secretTexts(value: unknown, name: string): ReadonlyMap<string, Buffer> {
  return new Map([...textsIn(value, name)].filter(([path]) => SECRET_NAME.test(path)));
}

function* textsIn(value: unknown, name: string): Generator<readonly [path: string, text: Buffer]> {
  if (typeof value === 'string') yield [name, Buffer.from(value)];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) yield* textsIn(part, `${name} ${key}`);
}

/** Known values in the forms in which they would be written: plain, and in base64. Values that are too short to be a secret are left out. */
export function searchedValues(secrets: ReadonlyMap<string, Buffer>): ReadonlyMap<string, Buffer> {
  const searched = new Map<string, Buffer>();
  for (const [name, value] of secrets) {
    if (value.length < SECRET_BYTES_MIN) continue;
    searched.set(name, value);
    searched.set(`${name} in base64`, Buffer.from(value.toString('base64').replaceAll('=', '')));
  }
  return searched;
}

/** One line for each secret in each place: which secret, where. The line never repeats the secret. */
export function findSecrets(places: readonly Place[], secrets: ReadonlyMap<string, Buffer>): readonly string[] {
  const searched = searchedValues(secrets);
  return places.flatMap(({ name, content }) => {
    const text = content.toString('latin1');
    return [
      ...[...searched].filter(([, value]) => content.includes(value)).map(([secret]) => `${name}: ${secret}`),
      ...FORMS.filter(([, form]) => form.test(text)).map(([form]) => `${name}: ${form}`),
    ];
  });
}
