/** The spans of requests, over every protocol, for a provider of the test's own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, runner, service, tensor, text } from "ekiben";
import { serve } from "ekiben/serve";
import { openTracing } from "../../src/tracing/late-tracing.ts";
import batched from "../runtime/cases/batched.ts";
import { CALLERS } from "../runtime/every-protocol.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import { type Made, registered } from "./provider.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

/** The attributes of a status, of a success and of a fault. */
const GRPC = [{ "rpc.grpc.status_code": 0 }, { "rpc.grpc.status_code": 13 }];
const CONNECT = [{}, { "rpc.connect_rpc.error_code": "internal" }];
const STATUSES: Readonly<Record<string, readonly object[]>> = {
  REST: [{}, {}],
  Connect: CONNECT,
  "a Connect stream": CONNECT,
  "gRPC-Web": GRPC,
  gRPC: GRPC,
  "Connect over HTTP/2": CONNECT,
};

function statusOf({ attributes }: Made): object {
  return Object.fromEntries(
    Object.entries(attributes).filter(([name]) => /^rpc\..*_code$/.test(name)),
  );
}

function traced() {
  const numbers = runner(batched, { name: "numbers", isolation: "inline" });
  return service("traced", {
    runners: [numbers],
    apis: {
      rows: api({ input: text(), output: text() }, async (value, context) => {
        if (value === "fault") throw new Error("a fault of the handler");
        const rows = Number(value);
        await numbers.double(tensor("float32", [rows, 2], new Float32Array(2 * rows)), context);
        return context.traceparent ?? "none";
      }),
    },
  });
}

test("a request has spans as soon as a provider is registered, over every protocol", async () => {
  using log = silenced();
  await using server = await serve(traced(), {
    ...{ port: 0, grpcPort: 0, host: "127.0.0.1", signals: false },
  });
  const { REST, ...others } = CALLERS;
  const headers = { traceparent: `00-${TRACE}-${PARENT}-01` };
  assert.equal((await REST?.(server, "rows", "2", headers))?.text, headers.traceparent);
  using provider = registered();
  await openTracing(); // which the next request would only begin
  for (const [name, call] of Object.entries({ REST, ...others })) {
    if (call === undefined) continue;
    const isOwn = name === "Connect over HTTP/2"; // it sends no headers
    provider.spans.length = 0;
    (log.requests as unknown[]).length = 0;
    const { text: seen } = await call(server, "rows", "2", headers);
    await until(() => log.requests.length > 0);
    const [request, queue, batch, run] = provider.spans;
    assert.deepEqual(
      provider.spans.map((each) => each.name.replace(/.*[ /]/, "")),
      [
        name === "REST" ? "rows" : name === "a Connect stream" ? "CallStream" : "Call",
        "queue",
        "batch",
        "run",
      ],
      name,
    );
    assert.ok(request && queue && batch && run);
    assert.deepEqual(new Set(provider.spans.map(({ isEnded }) => isEnded)), new Set([true]));
    if (!isOwn) assert.deepEqual([request.traceId, request.parentId], [TRACE, PARENT], name);
    assert.equal(seen, `00-${request.traceId}-${request.spanId}-01`);
    assert.deepEqual([queue.parentId, run.parentId], [request.spanId, request.spanId]);
    assert.equal(batch.parentId, undefined);
    assert.deepEqual(
      batch.links.map(({ context }) => context.spanId),
      [request.spanId],
    );
    assert.deepEqual(
      run.links.map(({ context }) => context.spanId),
      [batch.spanId],
    );
    const ran = {
      ...{ "ekiben.runner": "numbers", "ekiben.method": "double" },
      ...{ "ekiben.batch.rows": 2, "ekiben.batch.reason": "idle" },
    };
    assert.deepEqual(batch.attributes, ran);
    assert.deepEqual(run.attributes, { ...ran, "ekiben.rows": 2 });
    assert.equal(queue.attributes["ekiben.method"], "double");
    assert.deepEqual(statusOf(request), STATUSES[name]?.[0], name);
    assert.equal(request.attributes["ekiben.api"], "rows");
    assert.equal(request.attributes["http.response.status_code"], 200);
    const [{ trace_id, span_id } = {}] = log.requests;
    assert.deepEqual([trace_id, span_id], [request.traceId, request.spanId]);
  }
  for (const [name, call] of Object.entries(CALLERS)) {
    provider.spans.length = 0;
    await call(server, "rows", "fault", headers);
    await until(() => provider.spans[0]?.isEnded === true);
    const [failed] = provider.spans;
    assert.deepEqual([failed?.status, failed?.attributes["http.response.status_code"]], [2, 500]);
    assert.deepEqual(failed && statusOf(failed), STATUSES[name]?.[1], name);
  }
});
