/**
 * The operator publishes here to learn the last sequence of DECISIONS, and expects a sequence that no stream has. So DECISIONS refuses the
 * publication, and names its last sequence after every message that came before.
 *
 * No portfolio has the name `_`, so no service reads the subject.
 */
export const FENCE_SUBJECT = 'decisions.proposal._.fence';
