/**
 * Gate: the guards of a service, such as its middleware, before the message of a call is received:
 * a call that they reject is neither read nor parsed. An error of Connect's own after that, such as
 * the one for a malformed message, passes through them like the error of a handler.
 * @module
 */

import {
  Code,
  ConnectError,
  type ContextValues,
  createContextValues,
  type HandlerContext,
} from "@connectrpc/connect";
import type {
  UniversalHandler,
  UniversalServerRequest,
  UniversalServerResponse,
} from "@connectrpc/connect/protocol";
import { ServiceError } from "../error.ts";
import { BentoService as BentoV1 } from "../gen/bentoml/grpc/v1/service_pb.ts";
import { BentoService as BentoV1alpha1 } from "../gen/bentoml/grpc/v1alpha1/service_pb.ts";
import { Inference } from "../gen/ekiben/v1/inference_pb.ts";
import { peerOf } from "./counted.ts";
import { HANDLER, isInfrastructure, isReflection } from "./interceptors.ts";
import { MessageBody } from "./message-body.ts";
import { copyToError } from "./metadata.ts";
import { endpointOfMethod, timeoutOfMethod } from "./methods.ts";
import { OPENED, openedOf, RpcCall, setOpened } from "./rpc-call.ts";
import { toConnectError } from "./rpc-error.ts";
import type { RpcServer } from "./rpc-server.ts";

/**
 * Opens a call before its message is received: at once, unless the service has guards.
 *
 * @throws ConnectError what the guards reject it with
 */
export type Gate = (handler: HandlerContext) => Promise<void> | undefined;

/** The services whose messages name the API of a call. */
const API_SERVICES: ReadonlySet<string> = new Set(
  [BentoV1, BentoV1alpha1, Inference].map(({ typeName }) => typeName),
);

/** Returns the gate of a server; undefined if everyone may call, and it has no guards. */
export function gateOf(server: RpcServer): Gate | undefined {
  if (server.guards.length === 0 && server.access === undefined) return undefined;
  return (handler) => {
    if (isReflection(handler.method)) enterReflection(server, handler);
    if (isInfrastructure(handler.method)) return undefined;
    const known = openedOf(handler);
    if (known === undefined) return openCall(server, handler);
    known.moveTo(handler);
    return undefined;
  };
}

function openCall(server: RpcServer, handler: HandlerContext): Promise<void> | undefined {
  const { method } = handler;
  const endpoint = endpointOfMethod(method);
  const call = new RpcCall(server, handler, endpoint, timeoutOfMethod(server, method));
  const fail = (error: unknown): never => {
    using _ = call;
    throw call.fail(error);
  };
  try {
    const named = API_SERVICES.has(method.parent.typeName) ? undefined : endpoint;
    const opening = call.invocation.open(named);
    if (opening !== undefined) return opening.then(() => setOpened(handler, call), fail);
  } catch (error) {
    fail(error);
  }
  setOpened(handler, call);
  return undefined;
}

/** Checks who makes a call of reflection. @throws ConnectError if it is refused */
function enterReflection(server: RpcServer, handler: HandlerContext): void {
  const { access, compatibility } = server;
  const { requestHeader, responseHeader, requestMethod: method, url } = handler;
  const header = (name: string): string | null => requestHeader.get(name);
  const request = { url, method, peer: peerOf(handler), header };
  try {
    access?.enter(request, (name, value) => responseHeader.set(name, value));
    access?.checkOrigin(request);
  } catch (error) {
    throw toConnectError(ServiceError.from(error), handler, compatibility);
  }
}

/**
 * Ends a call that was opened, if no implementation has taken it.
 *
 * @param thrown the error that the call ends with; undefined if an interceptor has answered it
 * @returns the headers that the guards have set, to be sent with the answer
 */
export async function endUnhandled(call: RpcCall, thrown: unknown): Promise<Headers | undefined> {
  using _ = call;
  try {
    await call.invocation.endUnhandled(thrown);
    call.invocation.endWith(200);
  } catch (error) {
    call.endWith(error);
  }
  return call.invocation.context.response.madeHeaders;
}

const DISCONNECTED = new ConnectError("the client has disconnected", Code.Canceled);

/** Takes the call that was opened, if no implementation has taken it, and ends it. */
async function endOpened(values: ContextValues, thrown: unknown): Promise<Headers | undefined> {
  const call = values.get(OPENED);
  if (call === undefined) return undefined;
  values.set(OPENED, undefined);
  return await endUnhandled(call, thrown);
}

/** Wraps one of Connect's handlers so that it ends the calls that no implementation has taken. */
export function endsUnhandled(handler: UniversalHandler): UniversalHandler {
  async function answer(request: UniversalServerRequest): Promise<UniversalServerResponse> {
    const { contextValues: values = createContextValues() } = request;
    const response = await handler(request).catch(async (error: unknown) => {
      await endOpened(values, error);
      throw error;
    });
    if (values.get(OPENED) === undefined) return response;
    const context = values.get(HANDLER);
    const { body, signal } = request;
    // Some runtimes abort the signal after the body has failed.
    const isReset = body instanceof MessageBody && body.isReset;
    const hasDisconnected = isReset || signal?.aborted === true;
    const headers = await endOpened(
      values,
      hasDisconnected ? DISCONNECTED : reasonOf(context?.signal),
    );
    if (headers === undefined) return response;
    const { header = new Headers(), trailer } = response;
    copyToError(headers, { protocol: context?.protocolName, header, trailer });
    return { ...response, header };
  }
  return Object.assign(answer, handler);
}

/** Returns the error that a call has ended with, with which Connect has aborted its signal. */
function reasonOf(signal: AbortSignal | undefined): unknown {
  const reason: unknown = signal?.reason;
  return reason instanceof DOMException ? undefined : reason;
}
