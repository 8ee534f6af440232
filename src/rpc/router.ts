/**
 * rpcRouter(): a Connect router with request ids and the errors of this package.
 * @module
 */

import {
  createMutableRegistry,
  createRegistry,
  type DescFile,
  type DescMethod,
} from "@bufbuild/protobuf";
import {
  type ConnectRouter,
  type ConnectRouterOptions,
  createConnectRouter,
} from "@connectrpc/connect";
import type { Gate } from "./gate.ts";
import { type Implementation, wrapMethods } from "./implementation.ts";
import { HANDLER } from "./interceptors.ts";
import { correctMalformed, markInvoked, wellFormed } from "./malformed.ts";
import { identify } from "./request-id.ts";

type MethodOptions = NonNullable<Parameters<ConnectRouter["service"]>[2]>;

/**
 * Makes a router. Its calls have a request id, even if they fail before they are parsed. Malformed
 * messages are `invalid_argument`. In JSON, a `google.protobuf.Any` may hold any message in the
 * files of its services and in their imports.
 *
 * @param gate runs before the message of a call is received
 */
export function rpcRouter(options: ConnectRouterOptions, gate?: Gate): ConnectRouter {
  const registry = createMutableRegistry();
  const known = new Set<DescFile>();
  /** Adds the types of a file and of its imports: a registry of a file has only the first. */
  const addTypes = (file: DescFile): void => {
    if (known.has(file)) return;
    known.add(file);
    for (const type of createRegistry(file)) registry.add(type);
    for (const imported of file.dependencies) addTypes(imported);
  };
  const connect = createConnectRouter({
    ...options,
    jsonOptions: { registry },
    requestGate(context) {
      context.values.set(HANDLER, context);
      identify(context);
      correctMalformed(context);
      return gate?.(context).catch((error: unknown) => {
        markInvoked(context); // the error of a middleware stays as it is
        throw error;
      });
    },
  });
  /** Adds the router's interceptors to the options of a service, which would replace them. */
  const merged = (own: MethodOptions | undefined): MethodOptions | undefined => {
    if (own?.interceptors === undefined) return own;
    return { ...own, interceptors: [...(options.interceptors ?? []), ...own.interceptors] };
  };
  const router: ConnectRouter = {
    handlers: connect.handlers,
    service(service, implementation, own) {
      addTypes(service.file);
      connect.service(service, wrapMethods(service, implementation, checked), merged(own));
      return router;
    },
    rpc(method, implementation, own) {
      addTypes(method.parent.file);
      const wrapped = checked(method, implementation as Implementation);
      connect.rpc(method, wrapped as typeof implementation, merged(own));
      return router;
    },
  };
  return router;
}

/** Wraps an implementation so that a message that cannot be parsed is its caller's fault. */
function checked(method: DescMethod, given: Implementation): Implementation {
  const { methodKind } = method;
  const isStream = methodKind === "client_streaming" || methodKind === "bidi_streaming";
  return (input, handler) => {
    markInvoked(handler);
    return given(isStream ? (wellFormed(input, method) as never) : input, handler);
  };
}
