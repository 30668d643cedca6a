/** One page for each resource kind: every field of spec and status, every printed column, every rule. */
import { API_GROUP_VERSION, type ResourceDefinition } from '@flotilla/contracts/resources/definition.ts';
import { RESOURCES } from '@flotilla/contracts/resources/catalogue.ts';
import { code, page, table } from './markdown.ts';
import { fieldsOf } from './schema-fields.ts';

/** File name, under `kinds/`, to text. */
export function kindPages(): Readonly<Record<string, string>> {
  return Object.fromEntries(RESOURCES.map((resource: ResourceDefinition) => [`kinds/${resource.singular}.md`, kindPage(resource)]));
}

function kindPage(resource: ResourceDefinition): string {
  const { kind, plural, shortNames, scope, description, spec, status, printerColumns, rules } = resource;
  const names = [plural, ...shortNames].map((name) => code(`kubectl get ${name}`)).join(', ');
  return page(
    kind,
    `${description} ${scope === 'Cluster' ? 'Cluster-scoped.' : 'Namespaced.'} ${code(`apiVersion: ${API_GROUP_VERSION}`)}. ${names}.`,
    '## Spec',
    fieldTable(spec, 'spec'),
    '## Status',
    fieldTable(status, 'status'),
    '## Columns of `kubectl get`',
    table(
      ['column', 'shown', 'means'],
      printerColumns.map(({ name, priority, description: text }) => [name, priority === 0 ? 'always' : 'with `-o wide`', text]),
    ),
    ...(rules.length === 0 ? [] : ['## Rules', rules.map(({ message }) => `- ${message}`).join('\n')]),
  );
}

function fieldTable(schema: ResourceDefinition['spec'], prefix: string): string {
  return table(
    ['field', 'type', '', 'means'],
    fieldsOf(schema, prefix).map(({ path, type, presence, description }) => [code(path), type, presence, description]),
  );
}
