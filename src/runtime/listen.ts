/**
 * Opening of ports: the checks before it, and the message when a port cannot be opened.
 * @module
 */

import { messageOf } from "../error.ts";
import type { Port } from "./lifecycle.ts";
import type { Listener } from "./listener.ts";
import { portHolder } from "./port-holder.ts";
import { openOnSocket, socketPathOf } from "./unix-socket.ts";

/** An address to listen on. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The scheme of the URL of a port. */
export type Scheme = "http" | "https" | "grpc";

/**
 * Opens a port.
 *
 * @param open rejects with the runtime's own error
 * @throws Error with one message for all runtimes, such as "the port is in use"
 */
export async function openPort(
  scheme: Scheme,
  { host, port }: Address,
  open: (address: Address) => Promise<Listener>,
): Promise<Port> {
  try {
    const path = socketPathOf(host);
    if (path !== undefined) {
      return { listener: await openOnSocket(path, () => open({ host, port: 0 })), text: host };
    }
    const listener = await (host === LOCALHOST ? openLocally(port, open) : open({ host, port }));
    return { listener, text: `${scheme}://${urlHost(host)}:${listener.port}` };
  } catch (error) {
    if (socketPathOf(host) !== undefined) {
      throw new Error(`Cannot listen on ${host}: ${messageOf(error)}`, { cause: error });
    }
    const why = isInUse(error) ? inUse(port) : messageOf(error);
    const what = scheme === "grpc" ? " for gRPC" : "";
    throw new Error(`Cannot listen on ${host}:${port}${what}: ${why}`, { cause: error });
  }
}

/** The name of this machine, which has an address of IPv4 and one of IPv6. */
export const LOCALHOST = "localhost";

/** Opens a port on both addresses of `localhost`: which one a client takes differs. */
async function openLocally(
  port: number,
  open: (address: Address) => Promise<Listener>,
): Promise<Listener> {
  const first = await open({ host: "127.0.0.1", port });
  let second: Listener;
  try {
    second = await open({ host: "::1", port: first.port });
  } catch (error) {
    if (!isInUse(error)) return first; // this machine has no IPv6
    await first.close(0);
    throw error;
  }
  return {
    port: first.port,
    close: async (graceMs) => {
      await Promise.all([first.close(graceMs), second.close(graceMs)]);
    },
  };
}

/** Says who holds a port, and what to do. */
function inUse(port: number): string {
  const holder = portHolder(port);
  const by = holder === undefined ? "" : ` by ${holder}`;
  return `the port is in use${by}. Stop that, or take another port (0 is any that is free)`;
}

function isInUse(error: unknown): boolean {
  const words = `${(error as { code?: string }).code ?? ""} ${(error as Error).name} ${error}`;
  return /EADDRINUSE|AddrInUse|address already in use|port \d+ in use/i.test(words);
}

/** @throws RangeError for anything but the number of a port */
export function checkPort(option: string, port: number): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new RangeError(`"${option}" must be a whole number from 0 to 65535, but was ${port}`);
}

/** Returns the host part of a URL that this machine can open. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
