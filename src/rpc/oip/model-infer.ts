/**
 * `ModelInfer`: one inference.
 * @module
 */

import type { HandlerContext } from "@connectrpc/connect";
import { GRPCInferenceService } from "../../gen/inference/grpc_service_pb.ts";
import type { InferHost } from "../../oip/infer.ts";
import { factsOf } from "../call-facts.ts";
import { endpointOfMethod } from "../methods.ts";
import { RpcCall } from "../rpc-call.ts";
import type { RpcServer } from "../rpc-server.ts";
import { inferMessage } from "./infer.ts";
import type { InferRequestMessage, InferResponseMessage } from "./messages.ts";

const ENDPOINT = endpointOfMethod(GRPCInferenceService.method.modelInfer);

/**
 * Answers a call.
 *
 * @throws ConnectError for every failure
 */
export async function modelInfer(
  server: RpcServer,
  host: InferHost,
  request: InferRequestMessage,
  handler: HandlerContext,
): Promise<InferResponseMessage> {
  using call = RpcCall.of(server, handler, ENDPOINT, server.timeoutMs);
  const isWire = factsOf(handler)?.isWire ?? false;
  const isJson = isJsonCall(handler);
  try {
    const response = await call.invocation.answer<
      InferRequestMessage,
      InferResponseMessage,
      InferResponseMessage
    >({
      decode: () => request,
      handle: (message, context) => inferMessage(host, message, context, { isWire, isJson }),
      encode: (answer) => answer,
    });
    call.sendHeaders();
    call.succeed();
    return response as InferResponseMessage; // it is no stream
  } catch (error) {
    throw call.fail(error);
  }
}

/** Returns true for a call whose messages are JSON, over Connect, gRPC-Web or gRPC. */
function isJsonCall({ requestHeader }: Pick<HandlerContext, "requestHeader">): boolean {
  return /^application\/(?:\S*\+)?json\b/i.test(requestHeader.get("content-type") ?? "");
}
