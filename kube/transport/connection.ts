/** How to reach and convince one API server; every part is asked for anew, so that rotated files are picked up. */
export interface Connection {
  /** `https://host:port`, without a path. */
  readonly origin: string;
  /** A path in front of `/api`, '' when none. */
  readonly pathPrefix: string;
  /** What a new TLS connection uses. Called for each new socket. */
  tls(): TlsMaterial;
  /** The `authorization` header, if any. `refresh` after the server answered 401. */
  authorization(options: { readonly refresh: boolean }): Promise<string | undefined>;
  /** The namespace of the context or of the pod. */
  readonly namespace: string | undefined;
}

export interface TlsMaterial {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}
