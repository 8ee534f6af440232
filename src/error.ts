/**
 * The error class and its closed set of codes, with their HTTP and gRPC statuses. Errors are made
 * where the cause is known, and rendered once, by each protocol.
 * @module
 */

/**
 * The codes of errors, each with its HTTP status and the number of its gRPC status.
 *
 * The codes are gRPC's, in Connect's spelling, and three that only HTTP distinguishes. A client
 * gets corresponding statuses over both: 422 is FAILED_PRECONDITION, 429 and 413 are
 * RESOURCE_EXHAUSTED.
 */
const CODES = {
  invalid_argument: { http: 400, grpc: 3 },
  unauthenticated: { http: 401, grpc: 16 },
  permission_denied: { http: 403, grpc: 7 },
  not_found: { http: 404, grpc: 5 },
  method_not_allowed: { http: 405, grpc: 12 },
  already_exists: { http: 409, grpc: 6 },
  payload_too_large: { http: 413, grpc: 8 },
  unsupported_media_type: { http: 415, grpc: 3 },
  failed_precondition: { http: 422, grpc: 9 },
  resource_exhausted: { http: 429, grpc: 8 },
  canceled: { http: 499, grpc: 1 },
  internal: { http: 500, grpc: 13 },
  unimplemented: { http: 501, grpc: 12 },
  unavailable: { http: 503, grpc: 14 },
  deadline_exceeded: { http: 504, grpc: 4 },
} as const;

/** An error code, for example `"invalid_argument"`. */
export type Code = keyof typeof CODES;

/** Returns the HTTP status of a code, for example 400 for `invalid_argument`. */
export function httpStatus(code: Code): number {
  return CODES[code].http;
}

/** Returns the number of the gRPC status of a code, for example 3 for `invalid_argument`. */
export function grpcStatus(code: Code): number {
  return CODES[code].grpc;
}

/** Returns true for a string that is a code; workers send codes as strings. */
export function isCode(value: unknown): value is Code {
  return typeof value === "string" && Object.hasOwn(CODES, value);
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

  constructor(code: Code, message: string, options: ServiceErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    if (!isCode(code)) {
      const codes = Object.keys(CODES).join(", ");
      throw new TypeError(`A ServiceError's code must be one of ${codes}, but was ${String(code)}`);
    }
    this.code = code;
    const { retryAfterSeconds } = options;
    this.retryAfterSeconds = Number.isFinite(retryAfterSeconds)
      ? Math.min(Math.max(0, Number(retryAfterSeconds)), MAX_RETRY_SECONDS)
      : undefined;
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
