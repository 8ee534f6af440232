/**
 * listenOn(): a plain server on an address, for commands that hold or try ports themselves.
 * @module
 */

import type { Server } from "node:net";
import type { Address } from "../runtime/listen.ts";
import type { Listener } from "../runtime/listener.ts";
import { socketPathOf } from "../runtime/unix-socket.ts";

/**
 * Listens on an address, or on a Unix domain socket.
 *
 * @throws Error of the runtime when it cannot be opened
 */
export function listenOn(server: Server, { host, port }: Address): Promise<Listener> {
  const path = socketPathOf(host);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path === undefined ? { port, host } : { path }, () => {
      const address = server.address();
      const opened = typeof address === "object" ? (address?.port ?? port) : port;
      const close = () => new Promise<void>((done) => void server.close(() => done()));
      resolve({ port: opened, close });
    });
  });
}
