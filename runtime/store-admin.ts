/** The port through which the operator keeps the users of the store. Every rejection is a FlotillaError `STORE_UNAVAILABLE`. */

/** One entry of the store's own log of denials. The client chose `object` and `user`, so both may hold anything. */
export interface StoreDenial {
  /** Number of the entry. Undefined before Redis 7.2. */
  readonly entryId: number | undefined;
  /** What was denied: a `command`, a `key`, a `channel`, or `auth` for a login. */
  readonly reason: string;
  /** `toplevel`, or the kind of script or transaction in which the command ran. */
  readonly context: string;
  /** The command, key or channel; of a login its command. */
  readonly object: string;
  /** User of the connection, or the one that the login named. */
  readonly user: string;
  /** Address of the client, without port. */
  readonly from: string;
  /** How often the same was denied, each time within a minute after the one before. */
  readonly count: number;
  /** Time since the last one. */
  readonly ageMs: number;
}

export interface StoreAdmin {
  /** One line per user, as the store writes them: `user <name> <token>…`. Passwords are hashes. */
  users(): Promise<readonly string[]>;
  /** Sets a user anew. `tokens` follow `reset`. */
  setUser(name: string, tokens: readonly string[]): Promise<void>;
  /** Deletes a user, and closes its connections. */
  removeUser(name: string): Promise<void>;
  /** Closes the connections of a user. The user may connect again. */
  closeConnections(name: string): Promise<void>;
  /** Users of the open connections; a user is named once per connection. */
  connectedUsers(): Promise<readonly string[]>;
  /** Whether the store would let the user run the command, by its own judgement. Nothing is run. */
  wouldAllow(user: string, command: readonly string[]): Promise<boolean>;
  /** What the store denied, newest first; at most as many entries as the store keeps, which is 128 by default. The log stays as it is. */
  denials(): Promise<readonly StoreDenial[]>;
  /** Calls `callback` at each connection from now on: the store may have lost its users. The result removes the callback. */
  onConnect(callback: () => void): () => void;
  close(): void;
}
