/**
 * AccessRequest: what decides about the access of a request.
 * @module
 */

/** A request of any protocol, before its body is read. */
export interface AccessRequest {
  readonly url: string;
  /** The method of HTTP. Default POST, as of all calls. */
  readonly method?: string | undefined;
  /** The address at the other end of the connection; undefined if it is not known. */
  readonly peer?: string | undefined;
  /** Returns a header, or a field of gRPC's metadata. @param name in lower case */
  header(name: string): string | null | undefined;
}

/** Returns a request with a method; the same one if it has that already. */
export function withMethod(request: AccessRequest, method: string | undefined): AccessRequest {
  if (method === request.method) return request;
  const { url, peer } = request;
  return { url, method, peer, header: (name) => request.header(name) };
}

/** Returns true for the request by which a browser asks whether a page may call. */
export function isPreflight(request: Pick<AccessRequest, "method" | "header">): boolean {
  if (request.method !== "OPTIONS") return false;
  return !!request.header("origin") && !!request.header("access-control-request-method");
}
