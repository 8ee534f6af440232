/** Calls of APIs that take text. */
import assert from "node:assert/strict";
import { type CallOptions, type Client, ConnectError } from "@connectrpc/connect";
import type { BentoService } from "../../src/gen/bentoml/grpc/v1/service_pb.ts";

/** Calls one. */
export function say(
  client: Client<typeof BentoService>,
  apiName: string,
  value = "",
  options: CallOptions = {},
) {
  return client.call({ apiName, content: { case: "text", value: { value } } }, options);
}

/** The error of a call that fails. */
export async function failureOf(call: Promise<unknown>): Promise<ConnectError> {
  const error = await call.then(
    () => assert.fail("the call was answered"),
    (thrown) => thrown,
  );
  assert.ok(error instanceof ConnectError);
  return error;
}
