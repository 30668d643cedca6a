/** How a pod, or a person's command line, proves to the bus who it is: by a token of its ServiceAccount for this audience. */

/** Audience of the tokens. The API server itself refuses them. */
export const BUS_TOKEN_AUDIENCE = 'flotilla-bus';

/** Audience of the second token of the gateway's pod, which proves the principal Normaliser. */
export const NORMALISER_TOKEN_AUDIENCE = 'flotilla-bus-normaliser';

/** Every audience that opens an account of the bus. A token must name exactly one of them. */
export const BUS_TOKEN_AUDIENCES: readonly string[] = [BUS_TOKEN_AUDIENCE, NORMALISER_TOKEN_AUDIENCE];

/** Lifetime of a pod's token in seconds. The kubelet renews a token after four fifths of it. */
export const BUS_TOKEN_LIFETIME_S = 3_600;

/** Folder of a pod in which the token lies. */
export const BUS_TOKEN_FOLDER = '/var/run/secrets/flotilla.dev/bus';

/** Name of the token's file. */
export const BUS_TOKEN_FILE = 'token';

/** Name of the file with the token of the normaliser. */
export const NORMALISER_TOKEN_FILE = 'normaliser-token';

/** The ServiceAccount for which people's command lines ask a token. Its rights at the bus are those of a reader. */
export const READER_SERVICE_ACCOUNT = 'flotilla-reader';
