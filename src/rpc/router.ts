/**
 * rpcRouter(): a router of Connect, with what every router here has.
 * @module
 */

import { createMutableRegistry, createRegistry, type DescFile } from "@bufbuild/protobuf";
import {
  type ConnectRouter,
  type ConnectRouterOptions,
  createConnectRouter,
} from "@connectrpc/connect";
import { identify } from "./request-id.ts";

/**
 * A router whose calls have a request id, also those that fail before they are understood, and
 * whose JSON knows the messages that a `google.protobuf.Any` may hold: all those in the files of
 * its services and in what these import.
 */
export function rpcRouter(options: ConnectRouterOptions): ConnectRouter {
  const registry = createMutableRegistry();
  const known = new Set<DescFile>();
  /** A registry that is made of a file has the types in it, and none of those that it imports. */
  const addTypes = (file: DescFile): void => {
    if (known.has(file)) return;
    known.add(file);
    for (const type of createRegistry(file)) registry.add(type);
    for (const imported of file.dependencies) addTypes(imported);
  };
  const connect = createConnectRouter({
    ...options,
    jsonOptions: { registry },
    requestGate: (context) => void identify(context),
  });
  const router: ConnectRouter = {
    handlers: connect.handlers,
    service(service, implementation, own) {
      addTypes(service.file);
      connect.service(service, implementation, own);
      return router;
    },
    rpc(method, implementation, own) {
      addTypes(method.parent.file);
      connect.rpc(method, implementation, own);
      return router;
    },
  };
  return router;
}
