/** Limits the webhooks of a source by a token bucket: `burst` requests at once, `ratePerSecond` on average. A pure function. */
export interface RateLimit {
  readonly ratePerSecond: number;
  readonly burst: number;
}

export interface TokenBucket {
  readonly tokens: number;
  /** Monotonic time of `tokens`. */
  readonly atMs: number;
}

export interface TokenTaken {
  readonly bucket: TokenBucket;
  /** How long until a token is there; 0 when one was taken. */
  readonly retryAfterMs: number;
}

export function fullBucket(limit: RateLimit, nowMs: number): TokenBucket {
  return { tokens: limit.burst, atMs: nowMs };
}

/** Takes one token, or says when to come back. A limit that changed in between applies from now on. */
export function takeToken(bucket: TokenBucket, limit: RateLimit, nowMs: number): TokenTaken {
  const elapsedMs = Math.max(0, nowMs - bucket.atMs);
  const tokens = Math.min(limit.burst, bucket.tokens + (elapsedMs * limit.ratePerSecond) / 1_000);
  if (tokens >= 1 - ROUNDING) return { bucket: { tokens: Math.max(0, tokens - 1), atMs: nowMs }, retryAfterMs: 0 };
  return { bucket: { tokens, atMs: nowMs }, retryAfterMs: Math.ceil(((1 - tokens) * 1_000) / limit.ratePerSecond) };
}

/** Fractions of a token that many small refills may lose; without it the promised retry could come a hair too early. */
const ROUNDING = 1e-9;
