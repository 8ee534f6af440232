/**
 * KeptRequest: a request whose body has been read, so that it can be sent to another place after
 * the first one has consumed it.
 * @module
 */

import { joinBytes } from "../bytes.ts";
import { passedStream } from "../http/passed-stream.ts";
import { orAborted } from "../service/context.ts";
import { requestWith } from "./request-body.ts";

/** A request that can be sent again. */
export class KeptRequest {
  /** The request whose body has been consumed. */
  readonly request: Request;
  /** Its body; `undefined` if it has none. */
  readonly body: Uint8Array<ArrayBuffer> | undefined;

  constructor(request: Request, body: Uint8Array<ArrayBuffer> | undefined) {
    this.request = request;
    this.body = body;
  }

  /** The size of the body in bytes. */
  get size(): number {
    return this.body?.byteLength ?? 0;
  }

  /** Returns the request for the service in this browser. */
  copy(): Request {
    const { url, method, headers, signal } = this.request;
    return requestWith(url, { method, headers, signal }, this.body);
  }
}

/**
 * Reads the body of a request.
 *
 * @param hold called with the bytes that are kept so far; it may throw
 * @returns the request as kept; or, if its body is larger than the bound, a request with the same
 *   body that can be sent once
 * @throws the reason of the request's signal, if it is aborted
 */
export async function keepRequest(
  request: Request,
  maxBytes: number,
  hold: (bytes: number) => void = () => {},
): Promise<KeptRequest | Request> {
  if (request.body === null) return new KeptRequest(request, undefined);
  const reader = request.body.getReader();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await orAborted(reader.read(), request.signal);
    if (done) return new KeptRequest(request, joinBytes(pieces));
    size += value.byteLength;
    hold(size);
    pieces.push(value);
    if (size > maxBytes) return unkept(request, pieces, reader);
  }
}

/** Returns a request whose body is what has been read, and then the rest. */
function unkept(
  { url, method, headers, signal }: Request,
  pieces: Uint8Array<ArrayBuffer>[],
  rest: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
): Request {
  const body = passedStream(
    rest,
    () => {},
    async () => {
      const value = pieces.shift();
      return value === undefined ? await rest.read() : { done: false, value };
    },
  );
  // A body that is a stream needs `duplex`, which not all types of RequestInit have.
  const init = { method, headers, signal, body, duplex: "half" };
  return new Request(url, init as RequestInit);
}
