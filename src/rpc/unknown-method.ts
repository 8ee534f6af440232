/**
 * Unknown methods: answers calls of them, in the caller's protocol.
 * @module
 */

import { Code, ConnectError } from "@connectrpc/connect";
import {
  codeToHttpStatus,
  errorToJson,
  parseContentType,
} from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { excerpt } from "../io/wording.ts";

/** The answer to a call of an unknown method. */
export interface UnknownAnswer {
  readonly response: Response;
  /** The status that it is counted by. */
  readonly status: number;
}

/** Returns the answer to a call of an unknown method; undefined for what is not a call. */
export function unknownMethod(path: string, headers: Headers): UnknownAnswer | undefined {
  const type = headers.get("content-type") ?? "";
  const error = new ConnectError(`unknown method ${excerpt(path)}`, Code.Unimplemented);
  if (/^application\/grpc-web/i.test(type)) {
    // A status without messages goes in the headers.
    const header = new Headers({ "content-type": "application/grpc-web+proto" });
    setTrailerStatus(header, error);
    const response = new Response(null, { headers: header });
    return { response, status: codeToHttpStatus(error.code) };
  }
  const connect = parseContentType(type);
  if (connect === undefined) return undefined;
  const { stream, binary } = connect;
  if (!stream && !binary && !headers.has("connect-protocol-version")) return undefined;
  const status = 404;
  return { response: Response.json(errorToJson(error, undefined), { status }), status };
}
