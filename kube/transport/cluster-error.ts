/** The error of every failed request to the API server, and predicates that tell its kinds apart. */
import { FlotillaError, type RetryClass } from '@flotilla/contracts/errors/errors.ts';

/** `metav1.Status`, as far as it is used. */
export interface StatusBody {
  readonly reason?: string;
  readonly message?: string;
  readonly code?: number;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly field?: string; readonly reason?: string; readonly message?: string }[];
  };
}

/**
 * A failed request to the API server.
 *
 * `CLUSTER_UNAVAILABLE`: no answer, or an answer that asks to retry later (429, 5xx). `CLUSTER_REFUSED`: any other answer that refuses the request.
 */
export class ClusterError extends FlotillaError {
  /** HTTP status; 0 when no answer came. */
  readonly statusCode: number;
  /** `NotFound`, `Conflict`, `AlreadyExists`, `Invalid`, `Expired`, …; `''` when unknown. */
  readonly reason: string;
  /** The `Retry-After` of the server. */
  readonly retryAfterMs: number | undefined;
  readonly status: StatusBody | undefined;
  override readonly retry: RetryClass;

  constructor(
    message: string,
    options: { readonly statusCode: number; readonly status?: StatusBody; readonly retryAfterMs?: number; readonly cause?: unknown },
  ) {
    super(isUnavailable(options.statusCode) ? 'CLUSTER_UNAVAILABLE' : 'CLUSTER_REFUSED', message, { cause: options.cause });
    this.name = 'ClusterError';
    this.statusCode = options.statusCode;
    this.status = options.status;
    this.reason = options.status?.reason ?? '';
    this.retryAfterMs = options.retryAfterMs;
    this.retry = isAnotherObject(this) ? 'retry' : retryClass(options.statusCode);
  }
}

function isUnavailable(statusCode: number): boolean {
  return statusCode === 0 || statusCode === 429 || statusCode >= 500;
}

/** A refused *input* (400, 413, 422, …) is terminal. A refusal that another writer or an administrator can lift is retried. */
function retryClass(statusCode: number): RetryClass {
  if (statusCode === 409 || statusCode === 410) return 'retry';
  if (isUnavailable(statusCode) || statusCode === 401 || statusCode === 403 || statusCode === 404) return 'later';
  return 'terminal';
}

function hasReason(error: unknown, statusCode: number, reason: string): boolean {
  return error instanceof ClusterError && (error.reason === reason || (error.reason === '' && error.statusCode === statusCode));
}

export const isNotFound = (error: unknown): boolean => hasReason(error, 404, 'NotFound');
export const isAlreadyExists = (error: unknown): boolean => hasReason(error, 409, 'AlreadyExists');
/** A precondition failed because another writer was faster, or another manager owns a field. */
export const isConflict = (error: unknown): boolean => hasReason(error, 409, 'Conflict');
/** The object under this name has another uid than the write named: the object that the writer saw is gone. */
export function isAnotherObject(error: unknown): boolean {
  if (!(error instanceof ClusterError)) return false;
  if (error.statusCode === 409) return /uid mismatch|the UID in the precondition/.test(error.message);
  return error.statusCode === 422 && error.status?.details?.causes?.some(({ field }) => field === 'metadata.uid') === true;
}

export const isInvalid = (error: unknown): boolean => hasReason(error, 422, 'Invalid');
/** The resource version or continue token is too old: list again. */
export const isExpired = (error: unknown): boolean =>
  error instanceof ClusterError && (error.statusCode === 410 || error.reason === 'Expired' || error.reason === 'Gone');
