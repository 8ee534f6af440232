/**
 * TrustedProxies: the address of a client behind proxies, by the header `X-Forwarded-For`. Anyone
 * may send that header, so only what a trusted proxy has added to it counts.
 * @module
 */

import { plainAddress, UNIX_PEER } from "./address.ts";
import { isWithinAny, type Network, readNetwork } from "./network.ts";
import type { AccessRequest } from "./request.ts";

/** Words for the networks that are meant most often. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7"],
};

/** The most addresses of the header that are looked at. */
const MAX_HOPS = 32;

/** The proxies that are believed. */
export class TrustedProxies {
  readonly #networks: readonly Network[];
  readonly #trustsUnix: boolean;

  /**
   * @param trusted addresses and networks, `loopback`, `private`, or `unix:`
   * @throws TypeError for anything else
   */
  constructor(trusted: readonly string[]) {
    this.#trustsUnix = trusted.includes(UNIX_PEER);
    this.#networks = trusted
      .filter((each) => each !== UNIX_PEER)
      .flatMap((each) => (Object.hasOwn(WORDS, each) ? (WORDS[each] ?? []) : [each]))
      .map((each) => {
        const network = readNetwork(each);
        if (network !== undefined) return network;
        throw new TypeError(
          `"trustedProxies" must be addresses, networks such as 10.0.0.0/8, "loopback", ` +
            `"private" or "unix:", but one was ${JSON.stringify(each)}`,
        );
      });
  }

  /** Returns true if a request came from one of them. */
  isFrom(request: AccessRequest): boolean {
    if (request.peer === UNIX_PEER) return this.#trustsUnix;
    return request.peer !== undefined && isWithinAny(this.#networks, request.peer);
  }

  /** Returns the address of the client: the last one in the header that is not a proxy's. */
  clientOf(request: AccessRequest): string | undefined {
    const { peer } = request;
    if (!this.isFrom(request)) return peer;
    const hops = (request.header("x-forwarded-for") ?? "").split(",").slice(-MAX_HOPS).reverse();
    let client = peer;
    for (const hop of hops) {
      const address = addressIn(hop.trim());
      if (address === undefined) break; // what is before it, nobody vouches for
      client = address;
      if (!isWithinAny(this.#networks, address)) break;
    }
    return client;
  }
}

/** Returns the address in a part of the header, which some proxies send with a port. */
function addressIn(text: string): string | undefined {
  const [, bracketed, dotted] = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/.exec(text) ?? [];
  const address = plainAddress(bracketed ?? dotted ?? text);
  return address !== undefined && readNetwork(address) !== undefined && !address.includes("/")
    ? address
    : undefined;
}
