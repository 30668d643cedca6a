/** Keeps the halt record of each portfolio as {@link planHalt} says; one writer at a time for each. */
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import { FlotillaError } from '@flotilla/contracts/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { compareResourceVersions, type KernelLogger } from '@flotilla/kube/mod.ts';
import type { ControlBus } from '../provision/control-bus.ts';
import type { StatusBoard } from '../provision/status-board.ts';
import { type EngagedSwitch, isLooser, planHalt } from './plan-halt.ts';
import { isInScope, killSwitchSpecOf } from '../fleet/halt-scope.ts';

const TRIES_MAX = 3;

export interface HaltRegister {
  /** Reads, decides, writes when needed; resolves to the record that stands. @throws FlotillaError of the bus */
  sync(portfolio: string): Promise<HaltRecord>;
  /** Remembers when a KillSwitch was first seen: the time from which a halt is measured. */
  observe(uid: string): void;
  forget(uid: string): void;
}

export interface HaltRegisterOptions {
  readonly bus: Pick<ControlBus, 'readHalt' | 'writeHalt' | 'audit'>;
  readonly board: Pick<StatusBoard, 'exec' | 'isConclusive'>;
  /** The cache. */
  readonly killSwitches: { list(): readonly ResourceObject[] };
  /** What the API server itself says. */
  readonly liveKillSwitches: () => Promise<readonly ResourceObject[]>;
  readonly namespace: string;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly logger: KernelLogger;
}

export function makeHaltRegister(options: HaltRegisterOptions): HaltRegister {
  const { bus, board, killSwitches, liveKillSwitches, namespace, clock, logger } = options;
  const observedAt = new Map<string, string>();
  /** The end of the line for each portfolio. */
  const lines = new Map<string, Promise<unknown>>();
  const now = (): string => new Date(clock.nowMs()).toISOString();
  const observe = (uid: string): string => {
    const time = observedAt.get(uid) ?? now();
    observedAt.set(uid, time);
    return time;
  };

  const switchesOf = (portfolio: string, objects: readonly ResourceObject[]): readonly EngagedSwitch[] =>
    objects.flatMap((object) => {
      const spec = killSwitchSpecOf(object);
      const { uid = '', name, creationTimestamp = '', deletionTimestamp } = object.metadata;
      if (!isInScope(spec, namespace, portfolio)) return [];
      return {
        uid,
        name,
        mode: spec.mode,
        reason: spec.reason,
        deleting: deletionTimestamp !== undefined,
        createdAt: creationTimestamp,
        observedAt: observe(uid),
      };
    });

  /** Another writer (the break-glass command) was faster: what it wrote decides with. */
  const syncNow = async (portfolio: string): Promise<HaltRecord> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await syncOnce(portfolio);
      } catch (error) {
        if (!(error instanceof FlotillaError) || error.code !== 'RECORD_CHANGED' || tries >= TRIES_MAX) throw error;
      }
    }
  };

  const syncOnce = async (portfolio: string): Promise<HaltRecord> => {
    const current = await bus.readHalt(portfolio);
    const exec = board.exec(portfolio);
    const silenceIsAbsence = board.isConclusive();
    const plan = (objects: readonly ResourceObject[]): HaltRecord =>
      planHalt({ portfolio, current, switches: switchesOf(portfolio, objects), exec, silenceIsAbsence, now: now() });
    const cached = plan(killSwitches.list());
    // Before a halt says less, the API server itself is asked: the cache may not have heard of the newest KillSwitch yet.
    const record = isLooser(cached, current) ? plan(newestOf(killSwitches.list(), await liveKillSwitches())) : cached;
    if (record === current) return record;
    await bus.writeHalt(record, current);
    logger.info({ portfolio, generation: record.generation, state: record.state, killSwitch: record.killSwitch }, 'halt record written');
    if (record.generation > 0) await tell(record, current);
    return record;
  };

  /** The halt counts, not its report: a full audit stream must not hold it up. */
  const tell = async (record: HaltRecord, before: HaltRecord | undefined): Promise<void> => {
    const { portfolio, generation, state } = record;
    const { killSwitch = '', mode = '', reason = '', haltId = '' } = state === 'ENGAGED' ? record : (before ?? record);
    const details = { killSwitch, mode, reason, haltId, generation: String(generation) };
    try {
      await bus.audit(portfolio, `halt-${portfolio}-${generation}-${record.writtenAt}`, `HALT_${state}`, details);
    } catch (error) {
      logger.error({ err: error, portfolio, generation }, 'audit event of a halt not published');
    }
  };

  return {
    sync(portfolio) {
      const before = lines.get(portfolio) ?? Promise.resolve();
      const mine = before.catch(() => undefined).then(() => syncNow(portfolio));
      lines.set(portfolio, mine);
      return mine.finally(() => {
        if (lines.get(portfolio) === mine) lines.delete(portfolio);
      });
    },
    observe: (uid) => void observe(uid),
    forget: (uid) => void observedAt.delete(uid),
  };
}

/** All that either knows; of one object the newer version. A list from a server that is behind thus takes nothing away. */
function newestOf(cached: readonly ResourceObject[], live: readonly ResourceObject[]): readonly ResourceObject[] {
  const newest = new Map<string, ResourceObject>();
  for (const object of [...cached, ...live]) {
    const { uid = '', resourceVersion = '0' } = object.metadata;
    const held = newest.get(uid)?.metadata.resourceVersion ?? '0';
    if (compareResourceVersions(resourceVersion, held) >= 0) newest.set(uid, object);
  }
  return [...newest.values()];
}
