/** `flotilla status`: what trades, and if not, why. */
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { openBus } from '../cluster/connect.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { findAuditFolder } from '../fleet/find-audit-folder.ts';
import { NO_REPORTS, NO_RESOURCES, type FleetReports, type FleetResources } from '../fleet/fleet.ts';
import { readReports } from '../fleet/read-reports.ts';
import { readResources } from '../fleet/read-resources.ts';
import type { Style } from '../print/style.ts';
import { CliError } from '../session/cli-error.ts';
import { printJson, type Session } from '../session/session.ts';
import { formatHalts, haltRows } from '../view/halt-rows.ts';
import { formatPortfolios, portfolioRows } from '../view/portfolio-rows.ts';
import { formatSources, sourceRows } from '../view/source-rows.ts';
import { formatStrategies, strategyRows } from '../view/strategy-rows.ts';

const WATCH_INTERVAL_MS = 1_000;

interface Fleet {
  readonly resources: FleetResources;
  readonly reports: FleetReports;
  readonly auditFolder: string | undefined;
  /** Why parts of the fleet are not known. */
  readonly problems: readonly string[];
}

/**
 * Shows what is known: with the API server or the bus away, the other half, and a dash or null for every value that is not known.
 *
 * @throws CliError `INCOMPLETE` when a part is not known, `FAILED` when neither the API server nor the bus answers.
 */
export async function showStatus(session: Session, { watch }: { readonly watch: boolean }): Promise<void> {
  const bus = await openBus(session.context).catch((error: unknown) => asCliError(error));
  try {
    for (;;) {
      const fleet = await readFleet(session, bus);
      if (session.output === 'json') printJson(session, toJson(fleet));
      else session.terminal[watch ? 'redraw' : 'print'](toText(fleet, session));
      if (!watch || session.interrupted.aborted) return requireComplete(fleet);
      await systemClock.sleep(WATCH_INTERVAL_MS, session.interrupted).catch(() => undefined);
    }
  } finally {
    if (!(bus instanceof CliError)) await bus.close();
  }
}

function requireComplete({ problems }: Fleet): void {
  if (problems.length === 0) return;
  throw new CliError(`the status is incomplete: ${problems.join('; ')}`, {
    hint: 'A dash or null stands for a value that is not known.',
    exitCode: EXIT_CODES.INCOMPLETE,
  });
}

async function readFleet({ context }: Session, bus: NatsBus | CliError): Promise<Fleet> {
  const problems: string[] = [];
  const lookingForAudit = findAuditFolder(context);
  const resources = await readResources(context).catch((error: unknown) => {
    problems.push(asCliError(error).message);
    return undefined;
  });
  const reports = await (bus instanceof CliError ? Promise.reject(bus) : readReports(bus, resources ?? NO_RESOURCES)).catch(
    (error: unknown) => {
      problems.push(asCliError(error).message);
      return undefined;
    },
  );
  if (resources === undefined && reports === undefined) {
    throw new CliError(problems.join('; '), { hint: 'Start the local cluster with "make up", or see --help for the addresses to give.' });
  }
  return {
    resources: resources ?? NO_RESOURCES,
    reports: reports ?? NO_REPORTS,
    auditFolder: await lookingForAudit,
    problems: [...problems, ...(resources?.problems ?? []), ...(reports?.problems ?? [])],
  };
}

function toJson({ resources, reports, auditFolder, problems }: Fleet): object {
  return {
    portfolios: portfolioRows(resources, reports),
    strategies: strategyRows(resources, reports),
    sources: sourceRows(resources),
    halts: haltRows(resources),
    ...(auditFolder === undefined ? {} : { audit: { folder: auditFolder } }),
    problems,
  };
}

function toText({ resources, reports, auditFolder, problems }: Fleet, { terminal: { style }, context }: Session): string {
  const parts = [
    section(haltRows(resources), (rows) => formatHalts(rows, style)),
    section(portfolioRows(resources, reports), (rows) => formatPortfolios(rows, style)),
    section(strategyRows(resources, reports), (rows) => formatStrategies(rows, style)),
    section(sourceRows(resources), (rows) => formatSources(rows, style)),
    auditFolder === undefined ? '' : `Audit log: ${auditFolder}`,
  ].filter((part) => part !== '');
  const empty = `No fleet in namespace ${context.namespace}. Begin with: kubectl apply -f examples/01-first-fill/fleet.yaml`;
  const shown = parts.length === 0 && problems.length === 0 ? [empty] : parts;
  return [...shown, ...problems.map((problem) => warn(problem, style))].join('\n\n');
}

function section<Row>(rows: readonly Row[], format: (rows: readonly Row[]) => string): string {
  return rows.length === 0 ? '' : format(rows);
}

function warn(problem: string, style: Style): string {
  return style.warn(`Not known: ${problem}`);
}

function asCliError(error: unknown): CliError {
  return error instanceof CliError ? error : new CliError(error instanceof Error ? error.message : String(error), { cause: error });
}
