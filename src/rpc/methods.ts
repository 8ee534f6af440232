/**
 * The names of methods in metrics and logs, and the time that the server allows their calls.
 * @module
 */

import type { DescMethod } from "@bufbuild/protobuf";
import { Inference } from "../gen/ekiben/v1/inference_pb.ts";
import { GRPCInferenceService } from "../gen/inference/grpc_service_pb.ts";
import type { RpcServer } from "./rpc-server.ts";

/** The names of the APIs that methods call. */
const API_NAMES = new WeakMap<DescMethod, string>();

/** Gives a method the name of the API that it calls. */
export function nameMethod(method: DescMethod, apiName: string): void {
  API_NAMES.set(method, apiName);
}

/** Returns the name of a method in metrics and logs: its API's, or `package.Service/Method`. */
export function endpointOfMethod(method: DescMethod): string {
  return API_NAMES.get(method) ?? `${method.parent.typeName}/${method.name}`;
}

/** The unary methods that may take long: a large model is fetched, loaded and tried. */
const LONG: ReadonlySet<DescMethod> = new Set([GRPCInferenceService.method.repositoryModelLoad]);

/**
 * Returns the time that the server allows a call of a method, in milliseconds. Where a stream comes
 * from an API, it is that of each item.
 */
export function timeoutOfMethod(server: RpcServer, method: DescMethod): number {
  if (method === Inference.method.callStream || API_NAMES.has(method)) return server.timeoutMs;
  const isShort = method.methodKind === "unary" && !LONG.has(method);
  return isShort ? server.timeoutMs : server.streamTimeoutMs;
}
