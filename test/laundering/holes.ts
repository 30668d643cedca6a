/** Compares two states of the servers, and names what changed beyond the rights of an attacker. Pure. */
import type { BusRights } from '@flotilla/contracts/access/bus-rights.ts';
import { CORE_API_PREFIX } from '@flotilla/contracts/access/core-account.ts';
import { matchesSubject } from '@flotilla/contracts/access/subject-match.ts';
import type { ServerState } from './server-state.ts';

export interface Change {
  readonly before: ServerState;
  readonly after: ServerState;
  /** Subjects of the messages that were stored in between. */
  readonly stored: ReadonlySet<string>;
}

/** Each hole once, in plain words. */
export function holesOf(rights: BusRights, change: Change): readonly string[] {
  return [...streamHoles(rights, change), ...consumerHoles(rights, change)];
}

function streamHoles({ publish }: BusRights, { before, after, stored }: Change): readonly string[] {
  const holes: string[] = [];
  for (const stream of new Set([...Object.keys(before.streams), ...Object.keys(after.streams)])) {
    const [old, now] = [before.streams[stream], after.streams[stream]];
    if (old === undefined) holes.push(`created stream ${stream}`);
    else if (now === undefined) holes.push(`deleted stream ${stream}`);
    else {
      if (old.config !== now.config) holes.push(`changed stream ${stream}`);
      // A bucket forgets old values of a key by itself.
      const isBucket = stream.startsWith('KV_');
      if (!isBucket && (old.firstSequence !== now.firstSequence || old.deletedCount !== now.deletedCount))
        holes.push(`deleted messages of ${stream}`);
      for (const subject of Object.keys(old.counts)) if (now.counts[subject] === undefined) holes.push(`deleted all of ${subject}`);
    }
  }
  for (const subject of stored) {
    if (!publish.some((pattern) => matchesSubject(pattern, subject))) holes.push(`stored a message under ${subject}`);
  }
  return holes;
}

function consumerHoles(rights: BusRights, { before, after }: Change): readonly string[] {
  const holes: string[] = [];
  for (const consumer of new Set([...Object.keys(before.consumers), ...Object.keys(after.consumers)])) {
    const [old, now] = [before.consumers[consumer], after.consumers[consumer]];
    if (mayConsume(rights, consumer)) continue;
    if (old === undefined) holes.push(`created consumer ${consumer}`);
    else if (now === undefined) holes.push(`deleted consumer ${consumer}`);
    else if (old.paused !== now.paused) holes.push(`paused consumer ${consumer}`);
    else if (old.ackFloor !== now.ackFloor) holes.push(`acknowledged for consumer ${consumer}`);
    else if (old.delivered !== now.delivered) holes.push(`pulled from or reset consumer ${consumer}`);
  }
  return holes;
}

/** @param consumer as `<stream>/<name>` */
function mayConsume({ publish }: BusRights, consumer: string): boolean {
  const subject = `${CORE_API_PREFIX}.CONSUMER.MSG.NEXT.${consumer.replace('/', '.')}`;
  return publish.some((pattern) => matchesSubject(pattern, subject));
}
