/**
 * Interceptors: Connect's interceptors of the user's own, around every call of an API or of a
 * mounted service, over Connect, gRPC-Web and gRPC.
 * @module
 */

import type { DescMethod } from "@bufbuild/protobuf";
import {
  ConnectError,
  createContextKey,
  type HandlerContext,
  type Interceptor,
} from "@connectrpc/connect";
import { Health } from "../gen/grpc/health/v1/health_pb.ts";
import * as v1 from "../gen/grpc/reflection/v1/reflection_pb.ts";
import * as v1alpha from "../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { GRPCInferenceService } from "../gen/inference/grpc_service_pb.ts";
import { asServiceError } from "../service/answer.ts";
import { endpointOfMethod } from "./methods.ts";
import { identify } from "./request-id.ts";
import { toConnectError, withRequestId } from "./rpc-error.ts";
import type { RpcServer } from "./rpc-server.ts";

/** The key of the handler's context in a call's context values, where interceptors read it. */
export const HANDLER: ReturnType<typeof createContextKey<HandlerContext | undefined>> =
  createContextKey<HandlerContext | undefined>(undefined, { description: "handler" });

/** The services about the server itself. Like the probes of HTTP, they are not intercepted. */
const INFRASTRUCTURE: ReadonlySet<string> = new Set(
  [Health, v1.ServerReflection, v1alpha.ServerReflection].map(({ typeName }) => typeName),
);

/**
 * Returns the interceptors of a server's service, for a router. Their errors are answered as those
 * of handlers: a `ServiceError` or a `ConnectError` as it is; anything else is logged in full,
 * and masked.
 */
export function interceptorsOf(server: RpcServer): Interceptor[] {
  const { interceptors } = server.service;
  if (interceptors.length === 0) return [];
  const around: Interceptor = (next) => {
    const inner = interceptors.reduceRight((inside, each) => each(inside), next);
    return async (request) => {
      if (isInfrastructure(request.method)) return await next(request);
      const handler = request.contextValues.get(HANDLER);
      const convert = (thrown: unknown): unknown => errorOf(thrown, server, handler);
      try {
        const response = await inner(request);
        if (!response.stream) return response;
        return { ...response, message: withErrors(response.message, convert) };
      } catch (thrown) {
        throw convert(thrown);
      }
    };
  };
  return [around];
}

/** The methods of other services that are probes. */
const PROBES: ReadonlySet<DescMethod> = new Set([
  GRPCInferenceService.method.serverLive,
  GRPCInferenceService.method.serverReady,
]);

/** Returns true for a method that lists the services and their messages. */
export function isReflection({ parent }: DescMethod): boolean {
  return parent === v1.ServerReflection || parent === v1alpha.ServerReflection;
}

/** Returns true for a method about the server itself. */
export function isInfrastructure(method: DescMethod): boolean {
  return INFRASTRUCTURE.has(method.parent.typeName) || PROBES.has(method);
}

/** Yields messages, and converts what is thrown between them. */
async function* withErrors<T>(
  messages: AsyncIterable<T>,
  convert: (thrown: unknown) => unknown,
): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (thrown) {
    throw convert(thrown);
  }
}

function errorOf(
  thrown: unknown,
  { compatibility }: RpcServer,
  handler: HandlerContext | undefined,
): unknown {
  if (handler === undefined) return thrown;
  if (thrown instanceof ConnectError) return withRequestId(thrown, handler);
  const source = { api: endpointOfMethod(handler.method), requestId: identify(handler) };
  return toConnectError(asServiceError(thrown, source), handler, compatibility);
}
