/** The order gate's pure core, for whoever runs it on other time or data: checks, orders, ledger, paper venue. */
export * from './checks/chain.ts';
export * from './checks/check.ts';
export * from './engine/engine.ts';
export * from './ledger/ledger.ts';
export * from './ledger/position.ts';
export * from './ledger/valuation.ts';
export * from './market/market.ts';
export * from './state/exec-state.ts';
export * from './venues/paper/paper-venue.ts';
export * from './venues/venue.ts';
