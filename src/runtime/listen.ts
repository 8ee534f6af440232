/**
 * Opening of ports: the checks before it, and the message when a port cannot be opened.
 * @module
 */

import { messageOf } from "../error.ts";
import type { Port } from "./lifecycle.ts";
import type { Listener } from "./runtime.ts";

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
    const listener = await open({ host, port });
    return { listener, text: `${scheme}://${urlHost(host)}:${listener.port}` };
  } catch (error) {
    const inUse = /EADDRINUSE|AddrInUse|address already in use|port \d+ in use/i;
    const words = `${(error as { code?: string }).code ?? ""} ${(error as Error).name} ${error}`;
    const why = inUse.test(words) ? "the port is in use" : messageOf(error);
    const what = scheme === "grpc" ? " for gRPC" : "";
    throw new Error(`Cannot listen on ${host}:${port}${what}: ${why}`, { cause: error });
  }
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
