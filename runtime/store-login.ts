/** The login of a service at the store: read from files, and read again. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';

export interface StoreLogin {
  readonly user: string;
  readonly password: string;
}

/** Reads the files `user` and `password` of a mounted Secret; a line end at the end of each does not count. */
export function storeLoginOf(folder: string): () => Promise<StoreLogin> {
  const read = async (name: string): Promise<string> => {
    try {
      return (await readFile(join(folder, name), 'utf8')).replace(/\r?\n$/, '');
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      throw new FlotillaError('STORE_UNAVAILABLE', `expected the login at Redis in ${folder}, found that ${name} cannot be read (${code})`);
    }
  };
  return async () => ({ user: await read('user'), password: await read('password') });
}

export interface LoginInUse {
  /** Reads the login, for a new connection. */
  take(): Promise<StoreLogin>;
  /** Reads the login and gives it to `use` if it is another one. True when `use` took it. */
  takeChanged(use: (login: StoreLogin) => Promise<unknown>): Promise<boolean>;
}

/** Remembers the login that the connection uses. */
export function makeLoginInUse(read: () => Promise<StoreLogin>): LoginInUse {
  let used: StoreLogin | undefined;
  return {
    async take() {
      used = await read();
      return used;
    },
    async takeChanged(use) {
      const login = await read();
      if (used === undefined || (login.user === used.user && login.password === used.password)) return false;
      await use(login);
      used = login;
      return true;
    },
  };
}
