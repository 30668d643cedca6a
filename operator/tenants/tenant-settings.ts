/** The settings that say which namespaces the operator serves beside its own. */
import { objectName } from '@flotilla/contracts/values/scalars.ts';
import { z } from 'zod';
import type { OtherTenants } from '../operator-options.ts';
import type { TenantSelection } from './plan-tenants.ts';

const EVERY_NAMESPACE = '*';
/** Operators of label selectors as Kubernetes reads them: `a=b`, `a!=b`, `a in (b,c)`, `a`, `!a`, joined by commas. */
const SELECTOR = /^[A-Za-z0-9!][A-Za-z0-9 !=(),./_-]{0,1023}$/;

/** Namespace names, or `*` alone. */
export const tenantNamesSetting = z
  .string()
  .transform((list) => list.split(',').map((name) => name.trim()))
  .pipe(z.array(z.union([objectName, z.literal(EVERY_NAMESPACE)])).min(1))
  .refine((names) => !names.includes(EVERY_NAMESPACE) || names.length === 1, 'expected names of namespaces, or * alone');

export const tenantSelectorSetting = z.string().regex(SELECTOR, 'expected a label selector such as flotilla.dev/tenant=true');

interface SelectionSettings {
  readonly FLOTILLA_TENANT_NAMESPACES?: readonly string[] | undefined;
  readonly FLOTILLA_TENANT_SELECTOR?: string | undefined;
  readonly FLOTILLA_TENANT_READS: 'Cluster' | 'Namespace';
}

/** Refuses settings that exclude each other. */
export function selectionProblem({ value, issues }: z.core.ParsePayload<SelectionSettings>): void {
  const names = value.FLOTILLA_TENANT_NAMESPACES;
  const refuse = (field: string, message: string): void => void issues.push({ code: 'custom', input: undefined, path: [field], message });
  if (names !== undefined && value.FLOTILLA_TENANT_SELECTOR !== undefined)
    refuse('FLOTILLA_TENANT_SELECTOR', 'expected names of namespaces or a label selector, found both');
  if (names?.[0] === EVERY_NAMESPACE && value.FLOTILLA_TENANT_READS === 'Namespace')
    refuse(
      'FLOTILLA_TENANT_READS',
      'expected Cluster with FLOTILLA_TENANT_NAMESPACES=*, because only an operator that reads every namespace finds them',
    );
}

/** What the settings select; undefined: no namespace beside the operator's own. */
export function tenantSelection(settings: SelectionSettings): Pick<OtherTenants, 'selection' | 'reads'> | undefined {
  const { FLOTILLA_TENANT_NAMESPACES: names, FLOTILLA_TENANT_SELECTOR: selector, FLOTILLA_TENANT_READS: reads } = settings;
  const selection = selectionOf(names, selector);
  return selection === undefined ? undefined : { selection, reads };
}

function selectionOf(names: readonly string[] | undefined, selector: string | undefined): TenantSelection | undefined {
  if (selector !== undefined) return { type: 'Labels', selector };
  if (names === undefined) return undefined;
  return names[0] === EVERY_NAMESPACE ? { type: 'All' } : { type: 'Names', names };
}
