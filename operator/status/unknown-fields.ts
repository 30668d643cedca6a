/** The condition that names fields of a spec which this build does not know and ignores. For every kind. Pure. */
import type { DomainCondition } from './standard-conditions.ts';

/** Present only while there is such a field; always False. */
export const SPEC_UNDERSTOOD = 'SpecUnderstood';
/** Fields that a message names. */
const FIELDS_NAMED_MAX = 8;

/** No condition when every field is known. */
export function unknownFieldsCondition(fields: readonly string[]): readonly DomainCondition[] {
  if (fields.length === 0) return [];
  const more = fields.length > FIELDS_NAMED_MAX ? ` and ${fields.length - FIELDS_NAMED_MAX} more` : '';
  const message = `this operator does not know ${fields.slice(0, FIELDS_NAMED_MAX).join(', ')}${more} and ignores it: check the spelling, or upgrade the operator`;
  return [{ type: SPEC_UNDERSTOOD, status: 'False', reason: 'UnknownFields', message }];
}
