/** Looks at a SignalSource before a replay, so that a source that cannot replay is named at once. For `flotilla replay`. */
import type { SignalSource } from '@flotilla/contracts/resources/signal-source.ts';
import { kubectlJson } from '../cluster/kubectl.ts';
import { CliError } from '../session/cli-error.ts';
import type { Session } from '../session/session.ts';

/**
 * Notes what the operator says about a source that is not Ready. A replay needs the bus alone, so an API server that does not answer stops nothing.
 *
 * @returns whether the API server has such a source; undefined when it did not answer
 * @throws CliError when the namespace has no such source, or the source is of another scheme than Replay.
 */
export async function requireReplaySource({ context, terminal }: Session, source: string): Promise<'Found' | undefined> {
  let items: readonly SignalSource[];
  try {
    ({ items } = await kubectlJson<{ readonly items: readonly SignalSource[] }>(context, [
      'get',
      'signalsources.flotilla.dev',
      '--namespace',
      context.namespace,
    ]));
  } catch (error) {
    terminal.note(`The SignalSource cannot be looked at before the replay: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
  const problem = sourceProblem(items, source, context.namespace);
  if (problem !== undefined) throw problem;
  const ready = items.find(({ metadata }) => metadata.name === source)?.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready !== undefined && ready.status !== 'True')
    terminal.note(`SignalSource ${source} is not Ready: ${ready.message || ready.reason}`);
  return 'Found';
}

/** Undefined for a source that can replay. Pure. */
export function sourceProblem(items: readonly SignalSource[], source: string, namespace: string): CliError | undefined {
  const found = items.find(({ metadata }) => metadata.name === source);
  const replays = items.filter(({ spec }) => spec.scheme === 'Replay').map(({ metadata }) => metadata.name);
  const hint =
    replays.length === 0
      ? 'The namespace has no SignalSource of scheme Replay: see docs/how-to.'
      : `SignalSources of scheme Replay: ${replays.toSorted().join(', ')}.`;
  if (found === undefined) return new CliError(`expected a SignalSource ${source} in namespace ${namespace}, found none`, { hint });
  if (found.spec.scheme === 'Replay') return undefined;
  return new CliError(`expected a SignalSource of scheme Replay, found ${source} of scheme ${found.spec.scheme}`, { hint });
}
