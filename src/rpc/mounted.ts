/**
 * Mounted services: the user's own Connect services, beside those of the APIs. Their calls are
 * Invocations too: they have a Context, and are bounded, counted and answered like calls of APIs.
 * @module
 */

import type { DescMethod, DescService } from "@bufbuild/protobuf";
import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import type { AnswerStream } from "../invocation/answer-stream.ts";
import { orAborted } from "../service/context.ts";
import { untilAborted } from "../service/stream.ts";
import { CONTEXT } from "./handler-context.ts";
import { type Implementation, wrapMethods } from "./implementation.ts";
import { endpointOfMethod, timeoutOfMethod } from "./methods.ts";
import { RpcCall } from "./rpc-call.ts";
import type { RpcServer } from "./rpc-server.ts";

/**
 * Returns a router for the user's own services, which adds them to another one as Invocations.
 *
 * @param onMount called with each service, or with the service of each method
 */
export function mountingRouter(
  router: ConnectRouter,
  server: RpcServer,
  onMount: (service: DescService) => void,
): ConnectRouter {
  const mounting: ConnectRouter = {
    handlers: router.handlers,
    service(service, implementation, options) {
      onMount(service);
      const wrapped = wrapMethods(service, implementation, (method, given) =>
        invoked(server, method, given),
      );
      router.service(service, wrapped, options);
      return mounting;
    },
    rpc(method, implementation, options) {
      onMount(method.parent);
      const wrapped = invoked(server, method, implementation as Implementation);
      router.rpc(method, wrapped as typeof implementation, options);
      return mounting;
    },
  };
  return mounting;
}

/** Wraps the implementation of a method so that its calls are Invocations. */
export function invoked(
  server: RpcServer,
  method: DescMethod,
  given: Implementation,
): Implementation {
  const endpoint = endpointOfMethod(method);
  const timeoutMs = timeoutOfMethod(server, method);
  const { methodKind } = method;
  const open = (handler: HandlerContext): RpcCall => {
    const call = RpcCall.of(server, handler, endpoint, timeoutMs);
    handler.values.set(CONTEXT, call.invocation.context);
    return call;
  };
  if (methodKind === "unary" || methodKind === "client_streaming") {
    return async (input, handler) => {
      using call = open(handler);
      try {
        const output = await call.invocation.answer({
          decode: () => input,
          handle: (message, { signal }) => orAborted(invoke(given, message, handler), signal),
          encode: (message) => message,
        });
        call.sendHeaders();
        call.succeed();
        return output;
      } catch (error) {
        throw call.fail(error);
      }
    };
  }
  return async function* (input, handler) {
    using call = open(handler);
    try {
      const outputs = await call.invocation.answer({
        decode: () => input,
        handle: async (messages, { signal }) =>
          untilAborted(given(messages, handler) as AsyncIterable<unknown>, signal),
        encode: (message) => message,
      });
      call.sendHeaders();
      yield* (outputs as AnswerStream<unknown>).items();
      call.succeed();
    } catch (error) {
      throw call.fail(error);
    }
  };
}

/** Calls an implementation; what it throws at once is thrown by the promise. */
async function invoke(
  given: Implementation,
  input: never,
  handler: HandlerContext,
): Promise<unknown> {
  return await given(input, handler);
}
