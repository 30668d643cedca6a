/** An image as an archive of the OCI image layout, which every container runtime imports. */
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../../processes/run-program.ts';
import type { Layer } from './layer.ts';

/** https://github.com/opencontainers/image-spec/blob/main/config.md */
export interface ImageConfig {
  readonly Env: readonly string[];
  readonly WorkingDir: string;
  readonly User?: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd?: readonly string[];
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const MEDIA_TYPE = 'application/vnd.oci.image';

/** Writes the archive into `workDir`, which must be on the layers' file system. Its path is the result. */
export async function writeOciArchive(workDir: string, name: string, config: ImageConfig, layers: readonly Layer[]): Promise<string> {
  const root = join(workDir, 'image');
  const blobs = join(root, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const blob = (type: string, value: unknown) => {
    const text = JSON.stringify(value);
    const sha256 = createHash('sha256').update(text).digest('hex');
    writeFileSync(join(blobs, sha256), text);
    return { mediaType: `${MEDIA_TYPE}.${type}.v1+json`, digest: `sha256:${sha256}`, size: Buffer.byteLength(text) };
  };
  for (const { file, sha256 } of layers) linkSync(file, join(blobs, sha256));
  const digests = layers.map(({ sha256 }) => `sha256:${sha256}`);
  const manifest = blob('manifest', {
    schemaVersion: 2,
    mediaType: `${MEDIA_TYPE}.manifest.v1+json`,
    config: blob('config', {
      architecture: ARCHITECTURES[process.arch] ?? process.arch,
      os: 'linux',
      config,
      rootfs: { type: 'layers', diff_ids: digests },
    }),
    layers: layers.map(({ bytes }, index) => ({ mediaType: `${MEDIA_TYPE}.layer.v1.tar`, digest: digests[index], size: bytes })),
  });
  const annotations = { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name };
  writeFileSync(join(root, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }));
  writeFileSync(join(root, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  const archive = join(workDir, 'image.tar');
  await runProgram(['tar', '--create', `--file=${archive}`, `--directory=${root}`, 'oci-layout', 'index.json', 'blobs']);
  return archive;
}
