/** Builds an image that holds a few programs with their libraries, and loads it into the real node. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { packLayer } from './layer.ts';
import { writeOciArchive } from './oci-archive.ts';
import type { ImageStore } from './image-store.ts';
import { stageProgram } from './stage-program.ts';
import { withWorkDir } from './work-dir.ts';

export const PATH_IN_IMAGE = 'PATH=/usr/local/bin:/usr/bin:/bin';
const TAG_CHARACTERS = 12;

/** `name:<tag>`, where the tag follows from the content. */
export function contentTag(name: string, digests: readonly string[]): string {
  return `${name}:${createHash('sha256').update(digests.join('\n')).digest('hex').slice(0, TAG_CHARACTERS)}`;
}

/**
 * Programs with their libraries and nothing else, in PATH; the first is what the image runs. Its whole name is the result; a tag is kept.
 *
 * @param programs name in the image → file on this machine.
 */
export function loadProgramImage(store: ImageStore, name: string, programs: Readonly<Record<string, string>>): Promise<string> {
  return withWorkDir(async (workDir) => {
    const rootDir = join(workDir, 'root');
    for (const [command, program] of Object.entries(programs)) await stageProgram(rootDir, command, program);
    const layer = await packLayer(join(workDir, 'layer.tar'), rootDir, ['.']);
    const image = name.includes(':') ? name : contentTag(name, [layer.sha256]);
    if (await store.has(image)) return image;
    const config = { Env: [PATH_IN_IMAGE], WorkingDir: '/', Entrypoint: Object.keys(programs).slice(0, 1) };
    await store.load(await writeOciArchive(workDir, image, config, [layer]));
    return image;
  });
}
