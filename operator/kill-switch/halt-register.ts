/** Keeps the halt record of each portfolio as {@link planHalt} says, for the controllers of KillSwitches and Portfolios. One writer at a time for each portfolio. */
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { compareResourceVersions, type KernelLogger } from '@flotilla/kube/mod.ts';
import type { ControlBus } from '../provision/control-bus.ts';
import type { HaltReading } from '../provision/halt-reading.ts';
import type { StatusBoard } from '../provision/status-board.ts';
import { makeEngagements } from './engagements.ts';
import { type EngagedSwitch, type HaltInput, isHaltComplete, isLooser, overrideOf, planHalt } from './plan-halt.ts';

const TRIES_MAX = 3;

export interface HaltRegister {
  /** Reads, decides, writes when needed; resolves to the record that stands. @throws FlotillaError of the bus */
  sync(portfolio: string): Promise<HaltRecord>;
  /** Remembers when a KillSwitch was first seen: the time from which a halt is measured. */
  observe(killSwitch: ResourceObject): void;
  /** The KillSwitch is gone. One that has not engaged everything in its scope yet still does so, once. */
  forget(killSwitch: ResourceObject): void;
}

export interface HaltRegisterOptions {
  readonly bus: Pick<ControlBus, 'readHalt' | 'writeHalt' | 'audit' | 'hasRun'>;
  readonly board: Pick<StatusBoard, 'exec'>;
  /** The cache. */
  readonly killSwitches: { list(): readonly ResourceObject[] };
  /** Read from the API server itself. */
  readonly liveKillSwitches: () => Promise<readonly ResourceObject[]>;
  /** Portfolios of the namespace, by name. */
  readonly portfolios: () => readonly string[];
  readonly namespace: string;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly logger: KernelLogger;
}

export function makeHaltRegister(options: HaltRegisterOptions): HaltRegister {
  const { logger } = options;
  const engagements = makeEngagements(options);
  const syncOnce = makeSync(options, engagements);
  /** The last sync of each portfolio: the next one waits for it. */
  const queues = new Map<string, Promise<unknown>>();

  /** Repeats when another writer (the break-glass command) was faster, so that the decision includes what it wrote. */
  const syncNow = async (portfolio: string): Promise<HaltRecord> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await syncOnce(portfolio);
      } catch (error) {
        if (!(error instanceof FlotillaError) || error.code !== 'RECORD_CHANGED' || tries >= TRIES_MAX) throw error;
      }
    }
  };

  return {
    sync(portfolio) {
      const before = queues.get(portfolio) ?? Promise.resolve();
      const mine = before.catch(() => undefined).then(() => syncNow(portfolio));
      queues.set(portfolio, mine);
      return mine.finally(() => {
        if (queues.get(portfolio) === mine) queues.delete(portfolio);
      });
    },
    observe: (killSwitch) => engagements.observe(killSwitch),
    forget(killSwitch) {
      if (!engagements.forget(killSwitch)) return;
      const { name, uid = '' } = killSwitch.metadata;
      logger.warn(
        { killSwitch: name, uid },
        'a KillSwitch was deleted before it engaged every portfolio in its scope: it engages them now',
      );
    },
  };
}

function makeSync(options: HaltRegisterOptions, engagements: ReturnType<typeof makeEngagements>) {
  const { bus, board, killSwitches, liveKillSwitches, clock, logger } = options;
  const now = (): string => formatTime(clock.nowMs());
  /** Portfolios of which the log names fields of another version already. */
  const named = new Set<string>();

  return async (portfolio: string): Promise<HaltRecord> => {
    const current = await bus.readHalt(portfolio);
    if (current.kind === 'unreadable')
      logger.error({ portfolio, problem: current.problem }, 'the halt record cannot be read: writing it again');
    if (current.kind === 'record' && (current.unknownFields ?? []).length > 0 && !named.has(portfolio)) {
      named.add(portfolio);
      logger.warn({ portfolio, fields: current.unknownFields }, 'the halt record has fields of another version, which are ignored');
    }
    const inputOf = async (objects: readonly ResourceObject[]): Promise<HaltInput> => {
      const switches = engagements.switchesOf(portfolio, objects);
      const exec = board.exec(portfolio);
      const neverRan = mayRelease(current, switches, exec?.fresh === true) && !(await bus.hasRun(portfolio));
      return { portfolio, current, switches, exec, neverRan, now: now() };
    };
    let input = await inputOf(killSwitches.list());
    let record = planHalt(input);
    // Before a gate opens or a halt stops less, the API server itself is asked: the cache may not have heard of the newest KillSwitch yet.
    if (isLooser(record, current)) {
      input = await inputOf(newestOf(killSwitches.list(), await liveKillSwitches()));
      record = planHalt(input);
    }
    if (current.kind !== 'record' || record !== current.record) await write(options, input, record);
    engagements.stands(portfolio, record, input.switches);
    return record;
  };
}

/** Only then it matters whether the portfolio ever had an exec: the look costs two requests. */
function mayRelease(current: HaltReading, switches: readonly EngagedSwitch[], isHeard: boolean): boolean {
  return !isHeard && current.kind === 'record' && current.record.state === 'ENGAGED' && switches.every(({ deleting }) => deleting);
}

async function write({ bus, logger }: HaltRegisterOptions, input: HaltInput, record: HaltRecord): Promise<void> {
  const { portfolio, current } = input;
  const before = current.kind === 'record' ? current.record : undefined;
  await auditOverride(bus, input, record);
  await bus.writeHalt(record, before);
  const { generation, state, killSwitch } = record;
  logger.info({ portfolio, generation, state, killSwitch, was: current.kind }, 'halt record written');
  if (generation === 0) return;
  const told = state === 'ENGAGED' ? record : (before ?? record);
  const { mode = '', reason = '', haltId = '' } = told;
  const details = { killSwitch: told.killSwitch ?? '', mode, reason, haltId, generation: String(generation) };
  try {
    await bus.audit(portfolio, `halt-${portfolio}-${generation}-${record.writtenAt}`, `HALT_${state}`, details);
  } catch (error) {
    // The halt counts, not its report: a full audit stream must not hold the halt up.
    logger.error({ err: error, portfolio, generation }, 'the audit event of a halt could not be published');
  }
}

/** Before the record is written, so that no halt is released by an override that the audit log does not hold. */
async function auditOverride(bus: HaltRegisterOptions['bus'], input: HaltInput, record: HaltRecord): Promise<void> {
  const { current, portfolio } = input;
  if (current.kind !== 'record' || current.record.state !== 'ENGAGED' || record.haltId === current.record.haltId) return;
  const override = overrideOf(input, current.record);
  if (override === undefined || isHaltComplete(current.record, input)) return;
  const { killSwitch = '', haltId = '', generation } = current.record;
  await bus.audit(portfolio, `override-${haltId}-${portfolio}-${generation}`, 'DELETION_OVERRIDDEN', {
    kind: 'KillSwitch',
    name: killSwitch,
    person: override.person,
    reason: override.reason,
    missing: `exec of ${portfolio} has not confirmed halt generation ${generation}`,
  });
}

/** All that either list holds; of one object the newer version. A list from a server that is behind thus takes nothing away. */
function newestOf(cached: readonly ResourceObject[], live: readonly ResourceObject[]): readonly ResourceObject[] {
  const newest = new Map<string, ResourceObject>();
  for (const object of [...cached, ...live]) {
    const { uid = '', resourceVersion = '0' } = object.metadata;
    const held = newest.get(uid)?.metadata.resourceVersion ?? '0';
    if (compareResourceVersions(resourceVersion, held) >= 0) newest.set(uid, object);
  }
  return [...newest.values()];
}
