/** The page of condition reasons: every kind, its condition types, and every reason with its meaning and what to do. */
import { CONDITION_REASONS } from '@flotilla/contracts/conditions/condition-reasons.ts';
import { CONDITION_TYPES, conditionsOf, type ReasonEntry } from '@flotilla/contracts/conditions/reason-entry.ts';
import { code, page, table } from './markdown.ts';

export function conditionReasonsPage(): string {
  return page(
    'Condition reasons',
    'Conditions stand in `status.conditions` of every object. `kubectl describe` shows them, and the message of each names the objects concerned. A reason is one word for programs. A reason of an agent or a gateway of another version may be missing here; the message explains that reason.',
    '## Condition types',
    table(
      ['type', 'means, when True'],
      Object.entries(CONDITION_TYPES).map(([type, means]) => [code(type), means]),
    ),
    ...Object.entries(CONDITION_REASONS).flatMap(([kind, reasons]) => [`## ${kind}`, reasonTable(reasons)]),
  );
}

function reasonTable(reasons: Readonly<Record<string, ReasonEntry>>): string {
  return table(
    ['reason', 'conditions', 'means', 'what to do'],
    Object.entries(reasons).map(([reason, entry]) => [
      code(reason),
      conditionsOf(entry).map(code).join(', '),
      entry.means,
      withLinks(entry.toDo),
    ]),
  );
}

function withLinks(text: string): string {
  return text
    .replaceAll(/runbook (Flotilla\w+)/g, 'runbook [$1](../runbooks/$1.md)')
    .replaceAll('list of denials', 'list of [denials](denials.md)');
}
