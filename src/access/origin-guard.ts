/**
 * OriginGuard: refuses the requests of web pages that have no business with a server on this
 * machine. Any page that its user opens can send requests to `localhost`: it cannot read the
 * answers, but a simple `POST` runs all the same. And a page whose own name is made to stand for
 * 127.0.0.1 (DNS rebinding) could read them, too; it is known by its `Host`.
 * @module
 */

import { ServiceError } from "../error.ts";
import type { Cors } from "./cors.ts";
import { isLoopbackHost, readNetwork } from "./network.ts";
import type { TrustedProxies } from "./proxies.ts";
import type { AccessRequest } from "./request.ts";

/** What the guard knows of its server. */
export interface GuardSettings {
  readonly cors: Cors | undefined;
  readonly proxies: TrustedProxies | undefined;
  /** True if the server listens on this machine alone. */
  readonly isLocal: boolean;
  /** The names by which such a server is reached through a proxy; `*` for any. */
  readonly allowedHosts: readonly string[];
}

/** The guard of a server. */
export class OriginGuard {
  readonly #settings: GuardSettings;
  readonly #hosts: ReadonlySet<string>;
  /** True if requests for some hosts are refused. */
  readonly checksHost: boolean;
  /** The URL of the latest host that was allowed, up to its path. */
  #allowed: string | undefined;

  constructor(settings: GuardSettings) {
    this.#settings = settings;
    this.#hosts = new Set(settings.allowedHosts.map((host) => host.toLowerCase()));
    this.checksHost = settings.isLocal && !this.#hosts.has("*");
  }

  /**
   * Checks the host that a request is for, where the server is for this machine alone.
   *
   * @throws ServiceError `permission_denied` for a host that is not this machine
   */
  checkHost({ url }: Pick<AccessRequest, "url">): void {
    if (!this.checksHost) return;
    if (this.#allowed !== undefined && url.startsWith(this.#allowed)) return;
    const authority = authorityOf(url);
    const host = nameIn(authority);
    if (this.#allows(host)) {
      const scheme = url.indexOf("://");
      if (scheme !== -1) this.#allowed = `${url.slice(0, scheme + 3)}${authority}/`;
      return;
    }
    throw new ServiceError(
      "permission_denied",
      `The server listens on this machine alone, and is not called ${JSON.stringify(host)}; ` +
        "behind a proxy, allow its name: --allowed-host, or allowedHosts",
    );
  }

  #allows(host: string): boolean {
    // An address is not looked up, and a name without a dot is none of the internet.
    if (!host.includes(".") || readNetwork(host) !== undefined) return true;
    return isLoopbackHost(host) || this.#hosts.has(host);
  }

  /**
   * Checks the page that a request comes from, if it is for this machine.
   *
   * @param allowed the origin that middleware allow: the `Access-Control-Allow-Origin` that is set
   * @param isOpened true if a link may lead to the path
   * @throws ServiceError `permission_denied` for the page of another origin
   */
  checkOrigin(request: AccessRequest, allowed?: string | null, isOpened = false): void {
    const { cors, isLocal } = this.#settings;
    const site = request.header("sec-fetch-site") ?? undefined;
    const origin = request.header("origin") ?? undefined;
    if (site === undefined && origin === undefined) return; // of no browser
    if (site === "same-origin" || site === "none") return;
    const authority = authorityOf(request.url);
    if (!isLocal && !isLoopbackHost(nameIn(authority))) return;
    if (origin !== undefined) {
      if (cors?.allows(origin) === true || allowed === "*" || allowed === origin) return;
      // Browsers of before 2023, and pages without HTTPS, do not send Sec-Fetch-Site.
      const own = this.#forwardedHost(request) ?? authority;
      if (site === undefined && hostOf(origin) === own.toLowerCase()) return;
    }
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (isOpened && isRead && request.header("sec-fetch-mode") === "navigate") return;
    const page = origin === undefined ? "another site" : JSON.stringify(origin.slice(0, 200));
    throw new ServiceError(
      "permission_denied",
      `A page of ${page} may not call a server on this machine; ` +
        "to allow it, name its origin: --cors-origin, or the option cors",
    );
  }

  #forwardedHost(request: AccessRequest): string | undefined {
    if (this.#settings.proxies?.isFrom(request) !== true) return undefined;
    return request.header("x-forwarded-host")?.split(",").at(-1)?.trim();
  }
}

/** Returns the host and the port of a URL, which may be invalid elsewhere. */
function authorityOf(url: string): string {
  const start = url.indexOf("://") + 3;
  const end = /[/?#]/.exec(url.slice(start))?.index;
  return url.slice(start, end === undefined ? undefined : start + end);
}

/** Returns a host without its port. */
function nameIn(authority: string): string {
  return authority.replace(/:\d*$/, "").toLowerCase();
}

function hostOf(origin: string): string {
  return origin.slice(origin.indexOf("://") + 3).toLowerCase();
}
