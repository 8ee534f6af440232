/**
 * Mounted services: Connect services of the user's own, beside those of the APIs. Their calls have
 * a Context, are bounded and counted, and fail as those of APIs do.
 * @module
 */

import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { type ConnectRouter, createContextKey, type HandlerContext } from "@connectrpc/connect";
import { type Context, orAborted } from "../service/context.ts";
import { untilAborted } from "../service/stream.ts";
import { type Implementation, wrapMethods } from "./implementation.ts";
import { OpenCall } from "./open-call.ts";
import type { RpcServer } from "./rpc-server.ts";

const CONTEXT = createContextKey<Context | undefined>(undefined, { description: "ekiben" });

/**
 * The Context of a call of a mounted service: its request id, and the signal to pass to runners,
 * which knows the call's deadline.
 *
 * @throws TypeError for a call of a service that is mounted elsewhere
 *
 * @example
 * router.service(Greeter, {
 *   greet: async ({ name }, handler) => greeter.greet(name, { signal: contextOf(handler).signal }),
 * });
 */
export function contextOf(handler: HandlerContext): Context {
  const context = handler.values.get(CONTEXT);
  if (context !== undefined) return context;
  throw new TypeError(`${handler.service.typeName} has no Context: the service did not mount it`);
}

/**
 * A router for the user's own services: it hands them on to another, with what calls of them have.
 *
 * @param onMount told of each service, or of the service of each method
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
      const guarded = wrapMethods(service, implementation, (method, given) =>
        guard(server, method, given),
      );
      router.service(service, guarded, options);
      return mounting;
    },
    rpc(method, implementation, options) {
      onMount(method.parent);
      const guarded = guard(server, method, implementation as Implementation);
      router.rpc(method, guarded as typeof implementation, options);
      return mounting;
    },
  };
  return mounting;
}

function guard(server: RpcServer, method: DescMethod, given: Implementation): Implementation {
  const endpoint = `${method.parent.typeName}/${method.name}`;
  const { methodKind } = method;
  const timeoutMs = methodKind === "unary" ? server.timeoutMs : server.streamTimeoutMs;
  const open = (handler: HandlerContext): OpenCall => {
    const call = new OpenCall(server, handler, endpoint, timeoutMs);
    handler.values.set(CONTEXT, call.context);
    return call;
  };
  if (methodKind === "unary" || methodKind === "client_streaming") {
    return async (input, handler) => {
      using call = open(handler);
      try {
        call.admit();
        const work = (async () => await given(input, handler))();
        const output = await orAborted(work, call.context.signal);
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
      call.admit();
      const outputs = given(input, handler) as AsyncIterable<unknown>;
      let isFirst = true;
      for await (const output of untilAborted(outputs, call.context.signal)) {
        if (isFirst) call.sendHeaders();
        isFirst = false;
        yield output;
      }
      if (isFirst) call.sendHeaders();
      call.succeed();
    } catch (error) {
      throw call.fail(error);
    }
  };
}
