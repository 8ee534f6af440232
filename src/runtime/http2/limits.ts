/**
 * Limits: the bounds of the HTTP/2 server, for one client and for all of them together.
 * @module
 */

import type { ServerOptions } from "node:http2";
import { defaultHeldBytes } from "../../byte-budget.ts";
import { checkCount } from "../../check.ts";
import { MAX_TIMER_MS } from "../../clock.ts";
import { DEFAULT_MAX_BODY_BYTES, DEFAULT_TIMEOUT_MS, MIB } from "../../limits.ts";
import { MAX_CONNECTIONS } from "../listener.ts";

/** The bounds of the HTTP/2 server, all of them. */
export interface Http2Limits {
  /** The bytes of one received message, decompressed. Over it: `RESOURCE_EXHAUSTED`. */
  readonly maxMessageBytes: number;
  /**
   * The bytes of all calls together, requests and answers. Over it: `RESOURCE_EXHAUSTED`. Default
   * 512 MiB, or four of the largest messages if that is more. A budget that is shared with HTTP
   * replaces it.
   */
  readonly maxHeldBytes: number;
  /** Calls at the same time on one connection. Over it: the stream is refused. */
  readonly maxConcurrentStreams: number;
  /** Calls at the same time, over all connections. Over it: `RESOURCE_EXHAUSTED`. */
  readonly maxConcurrentCalls: number;
  /** Connections at the same time. Over it: the connection is closed. */
  readonly maxConnections: number;
  /** The bytes of the headers of one call as HTTP/2 counts them: 32 more for each. */
  readonly maxHeaderBytes: number;
  /** The flow-control window of a call, and of a connection, in bytes. */
  readonly windowBytes: number;
  /** The time in which the message of a unary or server-streaming call must arrive. */
  readonly requestTimeoutMs: number;
  /** The time in which a client must read the bytes of an answer. */
  readonly writeTimeoutMs: number;
  /** The time in which a connection must send its HTTP/2 preface, or a request of HTTP/1.1. */
  readonly prefaceTimeoutMs: number;
  /** The time without a call after which a connection is closed by GOAWAY. */
  readonly idleTimeoutMs: number;
  /** The interval of PING frames. A connection without an answer by the next one is closed. */
  readonly pingIntervalMs: number;
  /** The streams that a client may reset at once, on one connection. Over it: closed. */
  readonly resetBurst: number;
  /** The streams that a client may reset each second in the long run, on one connection. */
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
  writeTimeoutMs: 300_000,
  prefaceTimeoutMs: 10_000,
  idleTimeoutMs: 600_000,
  pingIntervalMs: 60_000,
  resetBurst: 2000,
  resetsPerSecond: 100,
};

/**
 * The largest message, in bytes, without a configured bound: all calls together may hold 1 GiB.
 * One client can make the server hold several of them.
 */
export const UNLIMITED_MESSAGE_BYTES: number = 256 * MIB;

/**
 * Returns all limits: the given ones, and the defaults for the rest.
 *
 * @throws RangeError for anything but whole numbers from 1 up, and above the largest possible value
 */
export function limitsOf(options: Partial<Http2Limits> = {}): Http2Limits {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const { maxMessageBytes = DEFAULTS.maxMessageBytes } = options;
  const maxHeldBytes = defaultHeldBytes(maxMessageBytes);
  const limits: Http2Limits = { ...DEFAULTS, maxHeldBytes, ...Object.fromEntries(given) };
  for (const [name, value] of Object.entries(limits)) {
    checkCount(name, value);
    const most = maxOf(name);
    if (value > most) throw new RangeError(`"${name}" must be at most ${most}, but was ${value}`);
  }
  return limits;
}

/** Numbers of 32 bits: the length in front of a message, and the settings of HTTP/2. */
const OF_32_BITS = ["maxMessageBytes", "maxConcurrentStreams", "maxHeaderBytes"];

function maxOf(name: string): number {
  if (OF_32_BITS.includes(name)) return 2 ** 32 - 1;
  if (name === "windowBytes") return 2 ** 31 - 1; // as HTTP/2 counts
  return name.endsWith("Ms") ? MAX_TIMER_MS : Number.MAX_SAFE_INTEGER;
}

/** Returns the options of `node:http2`. `Sessions` enforces what a runtime ignores of them. */
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
