/** Refuses writes after the end of a term. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Term } from './term.ts';

/** To be called right before a write. @throws FlotillaError `NOT_LEADING` when the term is over */
export function makeFence(term: Pick<Term, 'isValid'>): () => void {
  return () => {
    if (term.isValid()) return;
    throw new FlotillaError('NOT_LEADING', 'expected to lead while writing, found the term over; the new leader does this work');
  };
}

/** The same API server for the writes of one term: a write is not sent when the term is over at the moment at which it would go on the wire. */
export function fencedCluster(cluster: Cluster, term: Pick<Term, 'isValid'>): Cluster {
  return cluster.guardedBy(makeFence(term));
}
