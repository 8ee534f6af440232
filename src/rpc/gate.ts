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
import { BentoService as BentoV1 } from "../gen/bentoml/grpc/v1/service_pb.ts";
import { BentoService as BentoV1alpha1 } from "../gen/bentoml/grpc/v1alpha1/service_pb.ts";
import { Inference } from "../gen/ekiben/v1/inference_pb.ts";
import { HANDLER, isInfrastructure } from "./interceptors.ts";
import { MessageBody } from "./message-body.ts";
import { copyToError } from "./metadata.ts";
import { OPENED, RpcCall } from "./rpc-call.ts";
import { endpointOfMethod, type RpcServer, timeoutOfMethod } from "./rpc-server.ts";

/**
 * Opens a call before its message is received.
 *
 * @throws ConnectError what the guards reject it with
 */
export type Gate = (handler: HandlerContext) => Promise<void>;

/** The services whose messages name the API of a call. */
const API_SERVICES: ReadonlySet<string> = new Set(
  [BentoV1, BentoV1alpha1, Inference].map(({ typeName }) => typeName),
);

/** Returns the gate of a server; undefined if it has no guards. */
export function gateOf(server: RpcServer): Gate | undefined {
  if (server.guards.length === 0) return undefined;
  return async (handler) => {
    if (isInfrastructure(handler.service)) return;
    const known = handler.values.get(OPENED);
    if (known !== undefined) return known.moveTo(handler);
    const { method } = handler;
    const endpoint = endpointOfMethod(method);
    const call = new RpcCall(server, handler, endpoint, timeoutOfMethod(server, method));
    try {
      await call.invocation.open(API_SERVICES.has(method.parent.typeName) ? undefined : endpoint);
    } catch (error) {
      using _ = call;
      throw call.fail(error);
    }
    handler.values.set(OPENED, call);
  };
}

/**
 * Ends a call that was opened, if no implementation has taken it.
 *
 * @param thrown the error that the call ends with; undefined if an interceptor has answered it
 * @returns the headers that the guards have set, to be sent with the answer
 */
export async function endUnhandled(
  values: ContextValues,
  thrown: unknown,
): Promise<Headers | undefined> {
  const call = values.get(OPENED);
  if (call === undefined) return undefined;
  values.set(OPENED, undefined);
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

/** Wraps one of Connect's handlers so that it ends the calls that no implementation has taken. */
export function endsUnhandled(handler: UniversalHandler): UniversalHandler {
  async function answer(request: UniversalServerRequest): Promise<UniversalServerResponse> {
    const { contextValues: values = createContextValues() } = request;
    const response = await handler(request).catch(async (error: unknown) => {
      await endUnhandled(values, error);
      throw error;
    });
    if (values.get(OPENED) === undefined) return response;
    const context = values.get(HANDLER);
    const { body, signal } = request;
    // Some runtimes abort the signal after the body has failed.
    const isReset = body instanceof MessageBody && body.isReset;
    const hasDisconnected = isReset || signal?.aborted === true;
    const headers = await endUnhandled(
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
