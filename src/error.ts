/**
 * The one error class and its closed set of codes, with the two tables that turn a code into
 * an HTTP status and a gRPC status. Errors are made where the fault is known and rendered once,
 * at the edge of each protocol.
 * @module
 */

/**
 * What can go wrong, each with its HTTP status and its gRPC status number.
 *
 * The words are gRPC's, in the spelling Connect uses on the wire, plus three that only HTTP can
 * tell apart. The pairs of numbers are BentoML's (422 is FAILED_PRECONDITION, 429 and 413 are
 * RESOURCE_EXHAUSTED), except that NOT_FOUND is 404 both ways where BentoML answers UNIMPLEMENTED.
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

/** One of the closed set of error codes, for example `"invalid_argument"`. */
export type Code = keyof typeof CODES;

/** The HTTP status of a code, for example 400 for `invalid_argument`. */
export function httpStatus(code: Code): number {
  return CODES[code].http;
}

/** The gRPC status number of a code, for example 3 for `invalid_argument`. */
export function grpcStatus(code: Code): number {
  return CODES[code].grpc;
}

/** True for a string that is one of our codes: what comes back from a worker is only a string. */
export function isCode(value: unknown): value is Code {
  return typeof value === "string" && Object.hasOwn(CODES, value);
}

/** What may be said about an error beside its code and message. */
export interface ServiceErrorOptions {
  /** What led to it; logged, never sent to a caller. */
  readonly cause?: unknown;
  /** When a caller may try again, in seconds; sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/**
 * An error that a caller is meant to see: its message is sent as it stands. Throw it from a
 * handler to choose the status of the answer.
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
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /**
   * Any thrown value as a `ServiceError`. What was not thrown on purpose becomes `internal` with
   * a masked message; the original is its `cause`, to be logged whole.
   */
  static from(thrown: unknown): ServiceError {
    if (thrown instanceof ServiceError) return thrown;
    return new ServiceError("internal", "Internal error", { cause: thrown });
  }
}

/** Short for the commonest error: what the caller sent is wrong, and the message says how. */
export function invalidArgument(message: string, cause?: unknown): ServiceError {
  return new ServiceError("invalid_argument", message, cause === undefined ? {} : { cause });
}

/** The message of anything that was thrown, for use inside another message. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  try {
    return String(thrown);
  } catch {
    return "a value that cannot be printed"; // an object without a prototype, for one
  }
}
