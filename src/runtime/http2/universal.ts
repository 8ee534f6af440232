/**
 * The universal way: answers a call by Connect's handlers, which know gRPC, gRPC-Web and Connect,
 * and calls of every kind.
 * @module
 */

import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { valuesWith } from "../../rpc/counted.ts";
import type { Call } from "./call.ts";
import { outgoing } from "./metadata.ts";

/**
 * Runs a handler and sends what it answers.
 *
 * @throws what ended the call before its answer was complete
 */
export async function answerUniversally(handler: UniversalHandler, call: Call): Promise<void> {
  const { method, url, metadata: header, body, signal } = call;
  const contextValues = valuesWith(call.counted);
  const request = { httpVersion: "2.0", method, url, header, body, signal, contextValues };
  const response = await handler(request);
  call.begin(response.status, outgoing(response.header));
  const chunks = response.body?.[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await chunks?.next();
      if (next === undefined || next.done === true) break;
      const drained = call.write(next.value);
      if (drained !== undefined) await drained;
    }
  } catch (reason) {
    // Frees a handler that waits for its message to be taken. Its own end is not waited for.
    chunks?.throw?.(reason).catch(() => {});
    throw reason;
  }
  call.end(outgoing(response.trailer));
}
