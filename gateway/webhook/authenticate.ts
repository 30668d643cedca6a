/** Is this request from whom it says? Pure; looks at bytes and never parses the body. */
import type { BlockList } from 'node:net';
import { WEBHOOK_CLOCK_SKEW_MS_MAX } from '@flotilla/contracts';
import { clientAddress, hasAddress } from '../addresses/client-address.ts';
import { singleHeader } from './single-header.ts';
import type { HmacSource, LiveSource, TradingViewSource } from '../sources/source-table.ts';
import { secretEqual } from './secret-equal.ts';
import { type SignatureProblem, verifySignature } from './signature.ts';

export interface WebhookRequest {
  readonly source: string;
  /** Bytes of the second path segment, where the TradingView scheme keeps its secret. Never log them. */
  readonly pathSecret: Uint8Array | undefined;
  /** Names and values in turn, as received. */
  readonly rawHeaders: readonly string[];
  readonly socketAddress: string;
  readonly body: Uint8Array;
}

export type AuthenticationProblem = SignatureProblem | 'SOURCE_UNKNOWN' | 'HEADERS_NOT_SINGLE' | 'ADDRESS_NOT_ALLOWED' | 'SECRET_WRONG';

export type Authentication =
  | { readonly scheme: 'Hmac'; readonly source: HmacSource; readonly nonce: string }
  | { readonly scheme: 'TradingView'; readonly source: TradingViewSource }
  | { readonly scheme: 'none'; readonly problem: AuthenticationProblem };

export interface AuthenticationContext {
  readonly sources: ReadonlyMap<string, LiveSource>;
  readonly trustedProxies: BlockList;
  readonly nowMs: number;
}

/** Stands in for the secret of a source that does not exist, so that an unknown name takes as long as a wrong signature. */
const NO_SECRET = new Uint8Array(32);

export function authenticate(request: WebhookRequest, context: AuthenticationContext): Authentication {
  const source = context.sources.get(request.source);
  return request.pathSecret === undefined
    ? authenticateHmac(request, source?.scheme === 'Hmac' ? source : undefined, context)
    : authenticateTradingView(request, request.pathSecret, source?.scheme === 'TradingView' ? source : undefined, context);
}

function authenticateHmac(request: WebhookRequest, source: HmacSource | undefined, context: AuthenticationContext): Authentication {
  const timestamp = singleHeader(request.rawHeaders, 'x-timestamp');
  const nonce = singleHeader(request.rawHeaders, 'x-nonce');
  const signature = singleHeader(request.rawHeaders, 'x-signature');
  if (timestamp === undefined || nonce === undefined || signature === undefined) return none('HEADERS_NOT_SINGLE');
  const parts = { timestamp, nonce, signature, body: request.body };
  const problems = secretsOf(source).map((secret) => verifySignature(secret, parts, context.nowMs, WEBHOOK_CLOCK_SKEW_MS_MAX));
  const problem = problems.includes(undefined) ? undefined : problems[0];
  if (source === undefined) return none('SOURCE_UNKNOWN');
  return problem === undefined ? { scheme: 'Hmac', source, nonce } : none(problem);
}

function authenticateTradingView(
  request: WebhookRequest,
  pathSecret: Uint8Array,
  source: TradingViewSource | undefined,
  context: AuthenticationContext,
): Authentication {
  const secretRight = secretsOf(source)
    .map((secret) => secretEqual(pathSecret, secret))
    .includes(true);
  if (source === undefined) return none('SOURCE_UNKNOWN');
  if (!secretRight) return none('SECRET_WRONG');
  const forwardedFor = singleHeader(request.rawHeaders, 'x-forwarded-for');
  const address = clientAddress(request.socketAddress, forwardedFor, context.trustedProxies);
  if (source.addresses !== undefined && !hasAddress(source.addresses, address)) return none('ADDRESS_NOT_ALLOWED');
  return { scheme: 'TradingView', source };
}

/** Every secret is compared, so the time does not tell which one was right. */
function secretsOf(source: HmacSource | TradingViewSource | undefined): readonly Uint8Array[] {
  if (source === undefined) return [NO_SECRET];
  return source.nextSecret === undefined ? [source.secret] : [source.secret, source.nextSecret];
}

function none(problem: AuthenticationProblem): Authentication {
  return { scheme: 'none', problem };
}
