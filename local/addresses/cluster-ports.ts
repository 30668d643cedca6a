/** Decides the port offset and the pod range of a local cluster, and remembers them in the state folder for the next command. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { podRange, type PodRange } from './pod-range.ts';
import { portTable, type PortTable } from './ports.ts';
import type { StateFolder } from '../files/state-folder.ts';
import { readIfThere, writePrivateFile } from '../files/write-private-file.ts';

export interface ClusterPorts {
  readonly offset: number;
  readonly ports: PortTable;
  readonly podRange: PodRange;
}

/** The offset of this cluster: as remembered, unless another is asked for, which a running cluster refuses. @throws FlotillaError */
export function resolvePorts(folder: StateFolder, wantedOffset: number | undefined, anythingRuns: boolean): ClusterPorts {
  const remembered = rememberedOffset(folder);
  if (anythingRuns && remembered !== undefined && wantedOffset !== undefined && wantedOffset !== remembered) {
    throw new FlotillaError(
      'PORT_TAKEN',
      `this cluster runs with PORT_OFFSET=${remembered}; to move it to ${wantedOffset}: make down, then make up PORT_OFFSET=${wantedOffset}`,
    );
  }
  const offset = wantedOffset ?? remembered ?? 0;
  return { offset, ports: portTable(offset), podRange: podRange(folder.root, offset) };
}

export function rememberPorts(folder: StateFolder, { offset }: ClusterPorts): void {
  writePrivateFile(folder.portsFile, `${JSON.stringify({ offset })}\n`);
}

function rememberedOffset(folder: StateFolder): number | undefined {
  const text = readIfThere(folder.portsFile);
  return text === undefined ? undefined : (JSON.parse(text) as { readonly offset: number }).offset;
}
