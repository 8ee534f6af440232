/**
 * The error class and its closed set of codes, with their HTTP and gRPC statuses. Errors are made
 * where the cause is known, and rendered once, by each protocol.
 * @module
 */

/**
 * The codes of errors with their HTTP statuses.
 *
 * The codes are gRPC's, in Connect's spelling, and four that only HTTP distinguishes. A client gets
 * corresponding statuses over both: 412 and 422 are FAILED_PRECONDITION, 429 and 413 are
 * RESOURCE_EXHAUSTED.
 */
const HTTP_STATUSES = {
  invalid_argument: 400,
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
  method_not_allowed: 405,
  already_exists: 409,
  model_mismatch: 412,
  payload_too_large: 413,
  unsupported_media_type: 415,
  failed_precondition: 422,
  resource_exhausted: 429,
  canceled: 499,
  internal: 500,
  unimplemented: 501,
  unavailable: 503,
  deadline_exceeded: 504,
} as const;

/** The numbers of their gRPC statuses, which the bundle of a client over REST leaves out. */
const GRPC_STATUSES: Readonly<Record<Code, number>> = {
  invalid_argument: 3,
  unauthenticated: 16,
  permission_denied: 7,
  not_found: 5,
  method_not_allowed: 12,
  already_exists: 6,
  model_mismatch: 9,
  payload_too_large: 8,
  unsupported_media_type: 3,
  failed_precondition: 9,
  resource_exhausted: 8,
  canceled: 1,
  internal: 13,
  unimplemented: 12,
  unavailable: 14,
  deadline_exceeded: 4,
};

/** An error code, for example `"invalid_argument"`. */
export type Code = keyof typeof HTTP_STATUSES;

/** All codes. */
export const CODES: readonly Code[] = Object.keys(HTTP_STATUSES) as Code[];

/** Returns the HTTP status of a code, for example 400 for `invalid_argument`. */
export function httpStatus(code: Code): number {
  return HTTP_STATUSES[code];
}

/** Returns the number of the gRPC status of a code, for example 3 for `invalid_argument`. */
export function grpcStatus(code: Code): number {
  return GRPC_STATUSES[code];
}

/** Returns true for a string that is a code; workers send codes as strings. */
export function isCode(value: unknown): value is Code {
  return typeof value === "string" && Object.hasOwn(HTTP_STATUSES, value);
}

/** The most seconds until a retry, 31 years: every protocol can carry them. */
const MAX_RETRY_SECONDS = 999_999_999;

/** The options of a `ServiceError`. */
export interface ServiceErrorOptions {
  /** The cause, which is logged, but never sent to a caller. */
  readonly cause?: unknown;
  /**
   * The seconds after which a caller may try again; sent as `Retry-After`. A negative number counts
   * as 0; NaN and Infinity are not sent.
   */
  readonly retryAfterSeconds?: number;
  /** The id of the request that failed, of an error that a client throws. */
  readonly requestId?: string | undefined;
}

/**
 * An error for the caller: its message is sent unchanged. Throw it in a handler to choose the
 * status of the answer.
 *
 * @example
 * throw new ServiceError("failed_precondition", `"age" must be 0 to 150, but was ${age}`);
 */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  readonly code: Code;
  readonly retryAfterSeconds: number | undefined;
  /** The id by which the server's log knows the request; of errors of a client only. */
  readonly requestId: string | undefined;

  constructor(code: Code, message: string, options: ServiceErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    if (!isCode(code)) {
      throw new TypeError(
        `A ServiceError's code must be one of ${CODES.join(", ")}, but was ${String(code)}`,
      );
    }
    this.code = code;
    const { retryAfterSeconds, requestId } = options;
    this.requestId = requestId;
    this.retryAfterSeconds = Number.isFinite(retryAfterSeconds)
      ? Math.min(Math.max(0, Number(retryAfterSeconds)), MAX_RETRY_SECONDS)
      : undefined;
  }

  /** The HTTP status of the code, for example 400 for `invalid_argument`. */
  get status(): number {
    return httpStatus(this.code);
  }

  /**
   * Returns any thrown value as a `ServiceError`. One of another class becomes `internal` with a
   * masked message; the original is its `cause`, for the log.
   */
  static from(thrown: unknown): ServiceError {
    if (thrown instanceof ServiceError) return thrown;
    return new ServiceError("internal", "Internal error", { cause: thrown });
  }
}

/** Returns the most common error: the caller's input is wrong, for the reason in the message. */
export function invalidArgument(message: string, cause?: unknown): ServiceError {
  return new ServiceError("invalid_argument", message, cause === undefined ? {} : { cause });
}

/** Returns the message of any thrown value, for use in another message. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.message) : String(thrown);
  } catch {
    return "a value that cannot be printed"; // for example an object without a prototype
  }
}

/** Returns the stack of an error after its name and message, which some engines leave out of it. */
export function stackOf(error: Error): string {
  const { stack } = error;
  if (stack === undefined) return String(error);
  return stack.includes(error.message) ? stack : `${error}\n${stack}`;
}
