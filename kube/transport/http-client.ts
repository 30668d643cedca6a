/**
 * The parts of undici that a transport needs. The whole package costs 8 MiB more of resident memory: its fetch, caches, proxies and mocks. It
 * declares no exports, so its files can be named; the version is pinned.
 */
import { createRequire } from 'node:module';
import type * as undici from 'undici';

const require = createRequire(import.meta.url);

export const Agent = require('undici/lib/dispatcher/agent.js') as typeof undici.Agent;
export const buildConnector = require('undici/lib/core/connect.js') as typeof undici.buildConnector;
const apiRequest = require('undici/lib/api/api-request.js') as (
  this: undici.Dispatcher,
  options: undici.Dispatcher.RequestOptions,
) => Promise<undici.Dispatcher.ResponseData>;

/** `Dispatcher.request`, which only the whole package adds to the class. */
export function sendRequest(
  dispatcher: undici.Dispatcher,
  options: undici.Dispatcher.RequestOptions,
): Promise<undici.Dispatcher.ResponseData> {
  return apiRequest.call(dispatcher, options);
}
