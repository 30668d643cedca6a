/** For tests and the demo: the pinned programs, and where a local cluster keeps its state. */
export { binaryPath } from './binaries/binary-path.ts';
export { ensureBinaries } from './binaries/ensure-binaries.ts';
export { parseSettings } from './settings.ts';
export { stateFolder } from './state-folder.ts';
