/**
 * Limits: what one client, and all of them together, may take of the HTTP/2 server.
 * @module
 */

import type { ServerOptions } from "node:http2";
import { defaultHeldBytes } from "../../byte-budget.ts";
import { checkCount } from "../../check.ts";
import { MAX_TIMER_MS } from "../../host.ts";
import { DEFAULT_MAX_BODY_BYTES, DEFAULT_TIMEOUT_MS, MIB } from "../../limits.ts";
import { MAX_CONNECTIONS } from "../runtime.ts";

/** The bounds of the HTTP/2 server, all of them. */
export interface Http2Limits {
  /** Of one message that comes, in bytes, decompressed. Over it: `RESOURCE_EXHAUSTED`. */
  readonly maxMessageBytes: number;
  /**
   * Of all calls together, requests and answers, in bytes. Over it: `RESOURCE_EXHAUSTED`. Default
   * 512 MiB, or four of the largest messages if that is more. A budget that is shared with HTTP
   * takes its place.
   */
  readonly maxHeldBytes: number;
  /** Calls at the same time on one connection. Over it: the stream is refused. */
  readonly maxConcurrentStreams: number;
  /** Calls at the same time, over all connections. Over it: `RESOURCE_EXHAUSTED`. */
  readonly maxConcurrentCalls: number;
  /** Connections at the same time. Over it: the connection is closed. */
  readonly maxConnections: number;
  /** Of the headers of one call, in bytes as HTTP/2 counts them: 32 more for each. */
  readonly maxHeaderBytes: number;
  /** What a client may send ahead of what has been read, in bytes: a call, and a connection. */
  readonly windowBytes: number;
  /** How long the one message of a unary or server-streaming call may take to arrive. */
  readonly requestTimeoutMs: number;
  /** How long a client may leave an answer where it is that it could read. */
  readonly takeTimeoutMs: number;
  /** How long a connection may take to say what it wants: HTTP/2, or the next of HTTP/1.1. */
  readonly prefaceTimeoutMs: number;
  /** How long a connection may be without a call. Then it is closed, cleanly. */
  readonly idleTimeoutMs: number;
  /** How often a connection is asked whether it is alive. Without an answer by then: closed. */
  readonly pingIntervalMs: number;
  /** Calls that a client may give up at once, on one connection. Over it: closed. */
  readonly resetBurst: number;
  /** Calls that a client may give up each second in the long run, on one connection. */
  readonly resetsPerSecond: number;
}

const DEFAULTS: Http2Limits = {
  maxMessageBytes: DEFAULT_MAX_BODY_BYTES,
  maxHeldBytes: defaultHeldBytes(0),
  maxConcurrentStreams: 1000,
  maxConcurrentCalls: 10_000,
  maxConnections: MAX_CONNECTIONS,
  maxHeaderBytes: 32 * 1024,
  windowBytes: 4 * MIB,
  requestTimeoutMs: DEFAULT_TIMEOUT_MS,
  takeTimeoutMs: 300_000,
  prefaceTimeoutMs: 10_000,
  idleTimeoutMs: 600_000,
  pingIntervalMs: 60_000,
  resetBurst: 2000,
  resetsPerSecond: 100,
};

/**
 * The largest message, in bytes, where no bound is wanted: all calls together may then hold 1 GiB.
 * One client can make the server hold several of them.
 */
export const UNLIMITED_MESSAGE_BYTES: number = 256 * MIB;

/**
 * The limits: the defaults, and what differs from them.
 *
 * @throws RangeError for anything but whole numbers from 1 up, and for more than can be
 */
export function limitsOf(options: Partial<Http2Limits> = {}): Http2Limits {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const { maxMessageBytes = DEFAULTS.maxMessageBytes } = options;
  const maxHeldBytes = defaultHeldBytes(maxMessageBytes);
  const limits: Http2Limits = { ...DEFAULTS, maxHeldBytes, ...Object.fromEntries(given) };
  for (const [name, value] of Object.entries(limits)) {
    checkCount(name, value);
    const most = mostOf(name);
    if (value > most) throw new RangeError(`"${name}" must be at most ${most}, but was ${value}`);
  }
  return limits;
}

/** What has 32 bits: the length before a message, and the settings of HTTP/2. */
const OF_32_BITS = ["maxMessageBytes", "maxConcurrentStreams", "maxHeaderBytes"];

function mostOf(name: string): number {
  if (OF_32_BITS.includes(name)) return 2 ** 32 - 1;
  if (name === "windowBytes") return 2 ** 31 - 1; // as HTTP/2 counts
  return name.endsWith("Ms") ? MAX_TIMER_MS : Number.MAX_SAFE_INTEGER;
}

/** What `node:http2` is told. What it does not heed on a runtime, `Sessions` sees to. */
export function http2OptionsOf(limits: Http2Limits): ServerOptions {
  return {
    // In MB. The default of 10 MB refuses calls while a large message is on its way.
    maxSessionMemory: 4096,
    streamResetBurst: limits.resetBurst,
    streamResetRate: limits.resetsPerSecond,
    settings: {
      initialWindowSize: limits.windowBytes,
      maxConcurrentStreams: limits.maxConcurrentStreams,
      maxHeaderListSize: limits.maxHeaderBytes,
    },
  };
}
