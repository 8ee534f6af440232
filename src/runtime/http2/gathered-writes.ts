/**
 * gatherWrites(): sends the frames of one turn of the event loop by one system call, on Deno. An
 * HTTP/2 session there writes the headers of each answer as soon as they are made, and its data
 * after that.
 * @module
 */

import type { Socket } from "node:net";
import process from "node:process";

/**
 * Makes a socket on Deno keep what is written to it until the end of the turn. Those of TLS stay as
 * they are: with them, Deno 2.9 panics now and then, and the process ends.
 */
export function gatherWrites(socket: Socket): void {
  if (process.versions["deno"] === undefined || "encrypted" in socket) return;
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let isGathering = false;
  const send = (): void => {
    isGathering = false;
    socket.uncork();
  };
  socket.write = (...args: unknown[]) => {
    if (!isGathering) {
      isGathering = true;
      socket.cork();
      setImmediate(send);
    }
    return write(...args);
  };
}
