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
  type HandlerContext,
} from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { DEFAULT_MAX_BODY_BYTES } from "../limits.ts";
import { boundsMessages } from "./bounded-body.ts";
import { answersGet } from "./connect-get.ts";
import { endsUnhandled, type Gate } from "./gate.ts";
import { checkCompressed, checkGet } from "./get-query.ts";
import { type Implementation, wrapMethods } from "./implementation.ts";
import { HANDLER } from "./interceptors.ts";
import { correctMalformed, markInvoked, wellFormed } from "./malformed.ts";
import { identify } from "./request-id.ts";

type MethodOptions = NonNullable<Parameters<ConnectRouter["service"]>[2]>;

/**
 * Makes a router. Its calls have a request id, even if they fail before they are parsed. Malformed
 * messages are `invalid_argument`, and those of too many parts `resource_exhausted`. Answers to GET
 * are for caches. In JSON, a `google.protobuf.Any` may hold any message in the files of its
 * services and in their imports.
 *
 * @param gate runs before the message of a call is received; what it has opened is ended
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
  const bounds = {
    maxBytes: options.readMaxBytes ?? DEFAULT_MAX_BODY_BYTES,
    compressions: options.acceptCompression ?? [],
  };
  const checkQuery = (context: HandlerContext): Promise<void> | undefined => {
    if (context.requestMethod !== "GET") return undefined;
    checkGet(context);
    return checkCompressed(context, bounds);
  };
  const connect = createConnectRouter({
    ...options,
    jsonOptions: { registry },
    requestGate(context) {
      context.values.set(HANDLER, context);
      identify(context);
      correctMalformed(context);
      if (gate === undefined) return checkQuery(context);
      const rejected = (error: unknown): never => {
        markInvoked(context); // the error of a middleware stays as it is
        throw error;
      };
      try {
        const opening = gate(context);
        if (opening !== undefined) return opening.then(() => checkQuery(context), rejected);
      } catch (error) {
        rejected(error);
      }
      return checkQuery(context);
    },
  });
  /** Adds the router's interceptors to the options of a service, which would replace them. */
  const merged = (own: MethodOptions | undefined): MethodOptions | undefined => {
    if (own?.interceptors === undefined) return own;
    return { ...own, interceptors: [...(options.interceptors ?? []), ...own.interceptors] };
  };
  const handlers: UniversalHandler[] = [];
  /** Adds the handlers that Connect has made since the last time. */
  const addHandlers = (): void => {
    for (const made of connect.handlers.slice(handlers.length)) {
      const bounded = boundsMessages(made, bounds);
      handlers.push(answersGet(gate === undefined ? bounded : endsUnhandled(bounded)));
    }
  };
  const router: ConnectRouter = {
    handlers,
    service(service, implementation, own) {
      addTypes(service.file);
      connect.service(service, wrapMethods(service, implementation, checked), merged(own));
      addHandlers();
      return router;
    },
    rpc(method, implementation, own) {
      addTypes(method.parent.file);
      const wrapped = checked(method, implementation as Implementation);
      connect.rpc(method, wrapped as typeof implementation, merged(own));
      addHandlers();
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
