/** Loads the pause image into the real node. */
import type { NodeContext, NodeProgramPaths } from '../node-context.ts';
import { PAUSE_IMAGE } from '../node-layout.ts';
import { imageStore } from './image-store.ts';
import { loadProgramImage } from './program-image.ts';

/** The image of the container that holds each pod's namespaces; without it no pod starts. */
export async function ensurePauseImage({ layout }: NodeContext, { binaries, packages }: NodeProgramPaths): Promise<void> {
  const store = imageStore(layout, { packages });
  if (await store.has(PAUSE_IMAGE)) return;
  await loadProgramImage(store, PAUSE_IMAGE, { 'pod-pause': binaries['pod-pause'] });
}
