/** Page of the events that travel on the bus. */
import { EVENTS } from '@flotilla/contracts';
import { code, page, table } from './markdown.ts';
import { fieldsOf } from './schema-fields.ts';

export function eventsPage(): string {
  const sections = Object.entries(EVENTS).flatMap(([type, schema]) => [
    `## ${code(type)}`,
    table(
      ['field', 'type', '', 'means'],
      fieldsOf(schema, '').map(({ path, type: fieldType, presence, description }) => [code(path), fieldType, presence, description]),
    ),
  ]);
  return page('Events', 'Payloads are canonical JSON (RFC 8785). Readers accept, count and log unknown fields.', ...sections);
}
