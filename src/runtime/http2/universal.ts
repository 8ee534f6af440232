/**
 * The universal path: answers a call by Connect's handlers, which know gRPC, gRPC-Web and Connect,
 * and methods of every kind.
 * @module
 */

import type { ContextValues } from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { contentTypeRegExp } from "@connectrpc/connect/protocol-grpc";
import {
  NO_SNIFFING,
  RESOURCE_POLICY,
  resourcePolicy,
  TYPE_OPTIONS,
} from "../../access/safe-headers.ts";
import { REQUEST_ID, requestIdOf } from "../../invocation/request-id.ts";
import { valuesWith } from "../../rpc/counted.ts";
import type { Call } from "./call.ts";
import { outgoing } from "./metadata.ts";

/**
 * Runs a handler and sends its answer.
 *
 * @param values those of a call that has been opened already
 * @throws the reason that ended the call before its answer was complete
 */
export async function answerUniversally(
  handler: UniversalHandler,
  call: Call,
  values?: ContextValues,
): Promise<void> {
  const { method, url, metadata: header, body, signal } = call;
  const contextValues = valuesWith(call.counted, () => call.peer, values);
  const request = { httpVersion: "2.0", method, url, header, body, signal, contextValues };
  const response = await handler(request);
  const sent = outgoing(response.header);
  // Requests that are refused by their type have no id yet.
  if (response.status !== 200) sent[REQUEST_ID] ??= requestIdOf(call.header(REQUEST_ID));
  // Browsers, for which they are meant, call by Connect and gRPC-Web.
  if (!contentTypeRegExp.test(call.header("content-type") ?? ""))
    sent[TYPE_OPTIONS] ??= NO_SNIFFING;
  if (call.method === "GET") sent[RESOURCE_POLICY] ??= resourcePolicy(call.cors);
  call.begin(response.status, sent);
  const chunks = response.body?.[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await chunks?.next();
      if (next === undefined || next.done === true) break;
      const drained = call.write(next.value);
      if (drained !== undefined) await drained;
    }
  } catch (reason) {
    // Ends a handler that waits for its message to be taken, without waiting for it.
    chunks?.throw?.(reason).catch(() => {});
    throw reason;
  }
  call.end(outgoing(response.trailer));
}
