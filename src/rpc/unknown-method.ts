/**
 * Unknown methods: answers calls of them, in the caller's protocol.
 * @module
 */

import { Code, ConnectError } from "@connectrpc/connect";
import { errorToJson, parseContentType } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { excerpt } from "../io/wording.ts";

/**
 * Returns the answer to a call of an unknown method; undefined for a request that is not a call.
 *
 * JSON is a call only with Connect's version header; otherwise it may be a request to an API.
 */
export function unknownMethod(path: string, headers: Headers): Response | undefined {
  const type = headers.get("content-type") ?? "";
  const error = new ConnectError(`unknown method ${excerpt(path)}`, Code.Unimplemented);
  if (/^application\/grpc-web/i.test(type)) {
    // A status without messages goes in the headers.
    const header = new Headers({ "content-type": "application/grpc-web+proto" });
    setTrailerStatus(header, error);
    return new Response(null, { headers: header });
  }
  const connect = parseContentType(type);
  if (connect === undefined) return undefined;
  const { stream, binary } = connect;
  if (!stream && !binary && !headers.has("connect-protocol-version")) return undefined;
  return Response.json(errorToJson(error, undefined), { status: 404 });
}
