/** Pages of the tables of contracts: error codes, denials, bounds. */
import { DENIALS, ERRORS } from '@flotilla/contracts';
import * as limits from '@flotilla/contracts/values/limits.ts';
import { code, page, table } from './markdown.ts';

export function errorsPage(): string {
  const meaning = { retry: 'try again soon', later: 'a dependency must return first', terminal: 'the input must change' } as const;
  const rows = Object.entries(ERRORS).map(([name, { retry, title }]) => [code(name), title, `${retry}: ${meaning[retry]}`]);
  return page(
    'Error codes',
    'Every operating error carries one of these. Codes are never reused.',
    table(['code', 'means', 'retry'], rows),
  );
}

export function denialsPage(): string {
  const rows = Object.entries(DENIALS).map(([name, title]) => [code(name), title]);
  return page(
    'Why an order is denied',
    'Exec runs every check and records each one that failed, with the numbers it decided on, in `executions.order` events of status DENIED. Reductions of risk and cancels pass all limits.',
    table(['code', 'the order is denied because'], rows),
  );
}

export function limitsPage(): string {
  const rows = Object.entries(limits).map(([name, value]) => [code(name), String(value)]);
  return page(
    'Bounds',
    'Bounds that more than one service must agree on (`contracts/values/limits.ts` says why).',
    table(['bound', 'value'], rows),
  );
}
