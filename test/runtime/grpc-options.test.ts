/** The bounds of HTTP/2 by the options of serve() and the configuration. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, service, text } from "ekiben";
import { serve } from "ekiben/serve";
import { parseConfig } from "../../src/config/config.ts";
import { http2LimitsOf } from "../../src/runtime/grpc-options.ts";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";

function configOf(options: string) {
  return parseConfig({ environment: { EKIBEN_CONFIG_OPTIONS: options } });
}

test("http2LimitsOf() prefers options to the configuration", () => {
  const config = configOf(
    "api_server.grpc.max_concurrent_streams=5 api_server.grpc.maximum_concurrent_rpcs=6 " +
      "api_server.grpc.max_message_length=7",
  );
  const configured = { maxConcurrentStreams: 5, maxConcurrentCalls: 6, maxMessageBytes: 7 };
  assert.deepEqual(http2LimitsOf({ config }), configured);
  assert.deepEqual(http2LimitsOf({ config, maxBodyBytes: 8 }), {
    ...configured,
    maxMessageBytes: 8,
  });
  const limits = { maxMessageBytes: 9, maxConcurrentCalls: 10 };
  assert.deepEqual(http2LimitsOf({ config, maxBodyBytes: 8, limits }), {
    ...configured,
    ...limits,
  });
  assert.deepEqual(http2LimitsOf({ maxConnections: 11 }), { maxConnections: 11 });
  assert.deepEqual(http2LimitsOf({ config: configOf("") }), {});
  assert.deepEqual(http2LimitsOf({}), {});
});

test("http2LimitsOf() limits messages to 256 MiB if no bound is configured", () => {
  const config = configOf("api_server.grpc.max_message_length=-1");
  assert.deepEqual(http2LimitsOf({ config }), { maxMessageBytes: 256 * 1024 * 1024 });
});

test("serve() shortens a time limit to the longest timer", async () => {
  using _ = silenced();
  assert.deepEqual(http2LimitsOf({ timeoutMs: 2 ** 31 }), { requestTimeoutMs: 2 ** 31 - 1 });
  assert.deepEqual(http2LimitsOf({ timeoutMs: 5 }), { requestTimeoutMs: 5 });
  const upper = api({ input: text(), output: text() }, (value) => value.toUpperCase());
  const where = { port: 0, host: "127.0.0.1", signals: false };
  const options = { ...where, timeoutMs: Number.MAX_SAFE_INTEGER };
  await using server = await serve(service("slow", { apis: { upper } }), options);
  const response = await fetch(`${server.url}/upper`, { method: "POST", body: "hello" });
  assert.equal(await response.text(), "HELLO");
});
