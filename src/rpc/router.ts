/**
 * rpcRouter(): a router of Connect, with what every router here has.
 * @module
 */

import {
  createMutableRegistry,
  createRegistry,
  type DescFile,
  type MutableRegistry,
} from "@bufbuild/protobuf";
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
  const connect = createConnectRouter({
    ...options,
    jsonOptions: { registry },
    requestGate: (context) => void identify(context),
  });
  const router: ConnectRouter = {
    handlers: connect.handlers,
    service(service, implementation, own) {
      addTypes(registry, service.file);
      connect.service(service, implementation, own);
      return router;
    },
    rpc(method, implementation, own) {
      addTypes(registry, method.parent.file);
      connect.rpc(method, implementation, own);
      return router;
    },
  };
  return router;
}

function addTypes(registry: MutableRegistry, file: DescFile): void {
  const files = new Set([file]);
  // A set is walked to the end of what is added on the way.
  for (const one of files) for (const imported of one.dependencies) files.add(imported);
  for (const type of createRegistry(...files)) registry.add(type);
}
