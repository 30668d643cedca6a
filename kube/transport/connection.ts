/** Address and credentials of one API server. Credentials are read anew for each use, so that rotated files take effect. */
export interface Connection {
  /** `https://host:port`, without a path. */
  readonly origin: string;
  /** A path in front of `/api`, '' when none. */
  readonly pathPrefix: string;
  /** Keys and certificates of a new TLS connection. Called for each new socket. */
  tls(): TlsMaterial;
  /** The `authorization` header; undefined when there is none. `refresh`: the server answered 401 to the last one. */
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
