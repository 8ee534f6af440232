/**
 * Unknown methods: what a caller is told that asks for one, in its own protocol.
 * @module
 */

import { Code, ConnectError } from "@connectrpc/connect";
import { errorToJson, parseContentType } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { excerpt } from "../io/wording.ts";

/**
 * The answer to a call of a method that there is not; undefined for a request that is no call.
 *
 * Of JSON, only what says that it is Connect's is a call: any other may mean an API.
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
