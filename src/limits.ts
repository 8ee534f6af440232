/**
 * The default bounds that several layers share.
 * @module
 */

export const MIB: number = 1024 * 1024;

/** The largest body of a request, or message of a call, in bytes. */
export const DEFAULT_MAX_BODY_BYTES: number = 20 * MIB;

/** The time that a request may take until its answer, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 60_000;

/** The time that a call may take whose answer is a stream, in milliseconds. */
export const DEFAULT_STREAM_TIMEOUT_MS = 3_600_000;

/** The time that requests under way may still take when a server stops, in milliseconds. */
export const DEFAULT_GRACE_MS = 10_000;

/** The time that a call of a batched method may take, waiting included, in milliseconds. */
export const DEFAULT_MAX_LATENCY_MS = 60_000;

/** The time that a call may run in a worker, in milliseconds. */
export const DEFAULT_CALL_TIMEOUT_MS = 60_000;
