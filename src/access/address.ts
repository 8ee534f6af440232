/**
 * Addresses of callers, as sockets report them.
 * @module
 */

/**
 * The address of a caller on a Unix domain socket, which has none of its own; what a host begins
 * with that stands for such a socket; and, as in nginx, the name of the proxies there.
 */
export const UNIX_PEER = "unix:";

/** The prefix of an IPv4 address on a socket for IPv6 (RFC 4291, section 2.5.5.2). */
const MAPPED = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/** Returns an address in its usual form: `127.0.0.1` for `::ffff:127.0.0.1`. */
export function plainAddress(address: string | undefined): string | undefined {
  if (address === undefined || address === "") return undefined;
  return address.startsWith("::") ? address.replace(MAPPED, "") : address;
}
