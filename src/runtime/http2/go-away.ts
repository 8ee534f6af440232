/**
 * announceGoAway(): the first of the two GOAWAY frames with which a server closes an HTTP/2
 * connection without losing a call (RFC 9113, section 6.8).
 * @module
 */

import { writeSync } from "node:fs";
import { constants, type ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import process from "node:process";
import { TLSSocket } from "node:tls";

/** The largest stream identifier: streams that are opened meanwhile are still accepted. */
const ANY_STREAM = 2 ** 31 - 1;

/** GOAWAY, type 7, with a payload of 8 bytes: the last stream identifier, and NO_ERROR. */
const FRAME = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

/** The handle inside a Node socket. */
interface Handle {
  readonly fd: number;
  /** The number of bytes that wait to be sent. */
  readonly writeQueueSize: number;
}

/**
 * Asks the client of a connection to open no more streams.
 *
 * nghttp2, which Node and Deno use, treats a GOAWAY by `goaway()` as the last one: streams that
 * cross it are dropped, even below its stream identifier, and their callers wait for ever. So there
 * the frame is written to the socket, past the session, which writes whole frames only. Bun's own
 * implementation needs no such detour.
 *
 * @param socket the socket of the session
 * @returns false if it could not be sent: over TLS on Node, and while bytes are queued
 */
export function announceGoAway(session: ServerHttp2Session, socket: Socket | undefined): boolean {
  if (process.versions["bun"] !== undefined) {
    session.goaway(constants.NGHTTP2_NO_ERROR, ANY_STREAM);
    return true;
  }
  if (socket === undefined || !socket.writable) return false;
  if (process.versions["deno"] === undefined) return writeBeside(socket);
  socket.write(FRAME);
  return true;
}

/**
 * Writes the frame to the file descriptor of Node's socket: when a write through the socket
 * completes, the session expects it to be one of its own, and ends the process if it is not.
 */
function writeBeside(socket: Socket): boolean {
  const { _handle: handle } = socket as { _handle?: Partial<Handle> | null };
  if (socket instanceof TLSSocket || handle?.writeQueueSize !== 0) return false;
  if (handle.fd === undefined || handle.fd < 0) return false;
  try {
    return writeSync(handle.fd, FRAME) === FRAME.length;
  } catch {
    return false; // there is no room, or the client has disconnected
  }
}
