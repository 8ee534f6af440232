/**
 * gather(): sends the answers of one turn of the event loop together. Sending wakes a client that
 * waits, which costs the system more than the rest of a small answer; clients that are awake,
 * since they have just been sent another answer, need not be woken.
 * @module
 */

import type { Socket } from "node:net";
import process from "node:process";

/** One answer. */
interface Sending {
  readonly socket: Socket;
  /** A text has only characters of one byte. */
  readonly bytes: string | Uint8Array;
  readonly done: () => void;
}

/** True where no write ends at once. */
const WRITES_LATER = process.versions["deno"] !== undefined;

let gathered: Sending[] = [];

/**
 * Sends bytes at the end of the turn.
 *
 * @param bytes a text has only characters up to U+00FF, of which each is a byte
 * @param done called when they have been handed to the system; not if the connection has closed
 */
export function gather(socket: Socket, bytes: string | Uint8Array, done: () => void): void {
  if (gathered.length === 0) setImmediate(sendAll);
  gathered.push({ socket, bytes, done });
}

function sendAll(): void {
  const all = gathered;
  gathered = [];
  for (const { socket, bytes, done } of all) {
    if (!socket.destroyed) send(socket, bytes, done);
  }
}

function send(socket: Socket, bytes: Sending["bytes"], done: () => void): void {
  const told = WRITES_LATER ? done : undefined;
  if (typeof bytes === "string") socket.write(bytes, "latin1", told);
  else socket.write(bytes, told);
  if (told !== undefined) return;
  // A callback costs as much as a tenth of a small call.
  if (socket.writableLength === 0) done();
  else socket.write("", done);
}
