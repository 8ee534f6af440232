/**
 * MetadataRequest: a call over Connect, gRPC-Web or gRPC as a `Request`, for middleware: its URL,
 * its headers, and no body. Middleware could not use the messages of a call: they are in the
 * envelopes of its protocol, and those of a stream arrive one after the other.
 * @module
 */

/** A request whose body cannot be read. Its `body` is null, as of a request without one. */
export class MetadataRequest extends Request {
  /** @param signal aborted when the caller no longer waits for an answer */
  constructor(url: string, headers: Headers, signal: AbortSignal, method = "POST") {
    super(url, { method, headers, signal });
  }

  override clone(): MetadataRequest {
    return new MetadataRequest(this.url, this.headers, this.signal, this.method);
  }

  override arrayBuffer: () => Promise<never> = refuse;
  override blob: () => Promise<never> = refuse;
  override bytes: () => Promise<never> = refuse;
  override formData: () => Promise<never> = refuse;
  override json: () => Promise<never> = refuse;
  override text: () => Promise<never> = refuse;
}

function refuse(): Promise<never> {
  const text =
    "A middleware read the body of a call over Connect, gRPC-Web or gRPC, which only REST has; " +
    "it may read c.req.raw.body first, which is null there";
  return Promise.reject(new TypeError(text));
}
