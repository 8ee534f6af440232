/**
 * Unix domain sockets as the address of a server: `unix:/run/ekiben.sock`.
 * @module
 */

import { Buffer } from "node:buffer";
import { chmodSync, lstatSync, rmSync, type Stats } from "node:fs";
import { connect, type Socket } from "node:net";
import { dirname } from "node:path";
import process from "node:process";
import { UNIX_PEER } from "../access/address.ts";
import { messageOf } from "../error.ts";
import type { Listener } from "./listener.ts";

/** The longest path that a system takes, in bytes: its `sun_path` without the 0 at the end. */
const MAX_PATH_BYTES = process.platform === "linux" ? 107 : 103;

/** The owner and its group may call. */
const MODE = 0o660;

/** Returns the path of the socket that a host stands for; undefined for any other host. */
export function socketPathOf(host: string): string | undefined {
  return host.startsWith(UNIX_PEER) ? host.slice(UNIX_PEER.length) : undefined;
}

/**
 * Opens a server on a socket. A file that a dead server has left is removed first, and at the stop
 * that of this one.
 *
 * @param open rejects with the runtime's own error
 * @throws Error if another server answers there, or the path cannot be that of a socket
 */
export async function openOnSocket(path: string, open: () => Promise<Listener>): Promise<Listener> {
  const bytes = Buffer.byteLength(path);
  if (path === "") throw new Error('a path must follow, as in "unix:/run/ekiben.sock"');
  if (bytes > MAX_PATH_BYTES) {
    throw new Error(`the path of a socket has at most ${MAX_PATH_BYTES} bytes, but has ${bytes}`);
  }
  // Node reports a missing folder as one without the permission.
  if (statOf(dirname(path)) === undefined) throw new Error("its folder does not exist");
  await removeDead(path);
  const listener = await open().catch((error: unknown) => {
    throw new Error(whyNot(error), { cause: error });
  });
  chmodSync(path, MODE);
  const { ino } = lstatSync(path);
  return {
    port: listener.port,
    close: async (graceMs) => {
      // First, so that no client finds a socket where nobody accepts; and only the own one.
      if (statOf(path)?.ino === ino) rmSync(path, { force: true });
      await listener.close(graceMs);
    },
  };
}

/** Gives a connection the address that it lacks, and a port that tells it from the others. */
export function nameUnixPeer(socket: Socket, number: number): void {
  Object.defineProperties(socket, {
    remoteAddress: { value: UNIX_PEER },
    remotePort: { value: number },
  });
}

async function removeDead(path: string): Promise<void> {
  const stats = statOf(path);
  if (stats === undefined) return;
  if (!stats.isSocket()) throw new Error("there is a file that is no socket");
  if (await isAnswered(path)) throw new Error("another server listens there");
  rmSync(path, { force: true });
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** @throws Error if it cannot be found out, as without the permission */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: Error & { readonly code?: string }) => {
      const { code = "" } = error;
      if (/ECONNREFUSED|ConnectionRefused|ENOENT/.test(`${code} ${error.name}`)) resolve(false);
      else reject(new Error(`there is a socket that cannot be tried: ${messageOf(error)}`));
    });
  });
}

function whyNot(error: unknown): string {
  const words = `${(error as { code?: string }).code ?? ""} ${(error as Error).name} ${error}`;
  if (/EACCES|EPERM|PermissionDenied|permission denied/i.test(words)) {
    return "the folder may not be written";
  }
  return messageOf(error);
}
