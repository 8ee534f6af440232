/**
 * Gives requests the property `body`, which Firefox does not have.
 * @module
 */

/** Returns a request whose body can be read as a stream: the same one where it can be already. */
export async function withBody(request: Request): Promise<Request> {
  if ("body" in request) return request;
  // The compiler's library knows no such request.
  const { url, method, headers, signal } = request as Request;
  const bytes = await (request as Request).arrayBuffer();
  const body = bytes.byteLength === 0 ? undefined : new Uint8Array(bytes);
  return requestWith(url, { method, headers, signal }, body);
}

/** Makes a request with a body whose stream can be read. */
export function requestWith(
  url: string,
  init: RequestInit,
  body: Uint8Array<ArrayBuffer> | undefined,
): Request {
  const request = new Request(url, { ...init, ...(body && { body }) });
  if ("body" in request) return request;
  const value = body === undefined ? null : new Response(body).body;
  return Object.defineProperty(request as Request, "body", { value });
}
