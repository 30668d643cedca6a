/** The default StorageClass of a local cluster, and who makes its volumes. */
export const STORAGE_CLASS = 'local';
export const STORAGE_PROVISIONER = 'flotilla.dev/local';
