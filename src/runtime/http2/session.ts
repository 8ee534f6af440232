/**
 * Session: one HTTP/2 connection, and the limits on what its client does.
 * @module
 */

import { constants, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import process from "node:process";
import { rpcLog as log } from "../../log.ts";
import { writesWithoutBound } from "./deno-version.ts";
import { gatherWrites } from "./gathered-writes.ts";
import { announceGoAway } from "./go-away.ts";
import type { Http2Limits } from "./limits.ts";
import { needsPlainHeaders, sendPlainHeaders } from "./plain-headers.ts";
import { SendWindow } from "./send-window.ts";

/** The time for the client to learn of a stop, in milliseconds. */
const LAST_CALL_MS = 1000;

/** The parts of a connection that its session does not tell. */
export interface Connection {
  /** The socket of the session, if it is known. */
  readonly socket: Socket | undefined;
  /** The address of the client. */
  readonly peer: string | undefined;
  readonly limits: Http2Limits;
}

/** One HTTP/2 connection. */
export class Session {
  /** The address of the client. */
  readonly peer: string | undefined;
  readonly #session: ServerHttp2Session;
  readonly #socket: Socket | undefined;
  readonly #limits: Http2Limits;
  readonly #prefaceTimer: NodeJS.Timeout;
  readonly #window: SendWindow | undefined;
  #calls = 0;
  #idleSinceMs = performance.now();
  /** True once the client has sent its HTTP/2 preface. */
  #hasPreface = false;
  #isPinging = false;
  #closing = false;
  /** The calls that the client may still reset, as of `#resetsAtMs`. */
  #resets: number;
  #resetsAtMs = performance.now();

  constructor(session: ServerHttp2Session, { socket, peer, limits }: Connection) {
    this.peer = peer;
    this.#session = session;
    this.#socket = socket;
    this.#limits = limits;
    this.#resets = limits.resetBurst;
    if (socket !== undefined) gatherWrites(socket);
    this.#prefaceTimer = setTimeout(() => this.destroy(), limits.prefaceTimeoutMs);
    session.once("remoteSettings", () => {
      this.#hasPreface = true;
      clearTimeout(this.#prefaceTimer);
      if (this.#closing) this.#leave();
    });
    session.once("close", () => clearTimeout(this.#prefaceTimer));
    session.on("error", (error: unknown) =>
      log.debug("An HTTP/2 session failed: {error}", { error }),
    );
    if (writesWithoutBound(process.versions["deno"])) {
      this.#window = new SendWindow(session, 2 * limits.maxConcurrentStreams);
    }
    // Without it, the windows of all calls together are 64 KiB.
    session.setLocalWindowSize(limits.windowBytes);
  }

  /** Accepts a call, or refuses it if there are too many: a client may retry a refused call. */
  admit(stream: ServerHttp2Stream): boolean {
    if (this.#calls >= this.#limits.maxConcurrentStreams) {
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return false;
    }
    this.#calls += 1;
    this.#window?.guard(stream);
    if (needsPlainHeaders(this.#session)) sendPlainHeaders(stream);
    stream.on("close", () => {
      this.#calls -= 1;
      if (this.#calls === 0) this.#idleSinceMs = performance.now();
      if (stream.aborted) this.#countReset();
    });
    return true;
  }

  /** Pings the client, and closes a connection that is dead or idle. Called at each interval. */
  check(): void {
    if (this.#session.destroyed) return;
    const idleMs = this.#calls > 0 ? 0 : performance.now() - this.#idleSinceMs;
    if (this.#isPinging) return this.destroy();
    if (idleMs >= this.#limits.idleTimeoutMs) return this.#session.close();
    this.#isPinging = this.#session.ping((error) => {
      this.#isPinging = error !== null;
    });
  }

  /**
   * Asks the client to make no more calls on this connection. Calls that it made before it learned
   * of the stop are accepted, and the session closes when all have ended.
   */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#hasPreface) return this.#leave();
    const timer = setTimeout(() => {
      if (!this.#hasPreface) this.destroy();
    }, LAST_CALL_MS);
    this.#session.once("close", () => clearTimeout(timer));
  }

  /** Closes after a ping: its answer follows every call made before the client learned of it. */
  #leave(): void {
    if (this.#session.destroyed) return;
    const end = (): void => {
      clearTimeout(timer);
      if (!this.#session.destroyed) this.#session.close();
    };
    const timer = setTimeout(end, LAST_CALL_MS);
    this.#session.once("close", () => clearTimeout(timer));
    if (!announceGoAway(this.#session, this.#socket) || !this.#session.ping(end)) end();
  }

  destroy(): void {
    this.#session.destroy();
  }

  /**
   * Counts a call that the client has reset, which costs the client almost nothing, and the server
   * the start of a call. nghttp2 counts resets itself, but Bun does not use it.
   */
  #countReset(): void {
    const nowMs = performance.now();
    const { resetBurst, resetsPerSecond } = this.#limits;
    const regained = ((nowMs - this.#resetsAtMs) / 1000) * resetsPerSecond;
    this.#resets = Math.min(resetBurst, this.#resets + regained) - 1;
    this.#resetsAtMs = nowMs;
    if (this.#resets >= 0 || this.#session.destroyed) return;
    log.debug("A client resets calls too fast: its connection is closed");
    this.#session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }
}
