/** The context of a request's span: in its handler, in its stream, and in what it calls. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { context, propagation, trace } from "@opentelemetry/api";
import { api, runner, service, tensor, text } from "ekiben";
import { serve } from "ekiben/serve";
import batched from "../runtime/cases/batched.ts";
import { CALLERS } from "../runtime/every-protocol.ts";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import { registered } from "./provider.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

/** A client that is instrumented as those of OpenTelemetry are. */
function instrumentedFetch(url: string, body: string): Promise<Response> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return fetch(url, { method: "POST", body, headers });
}

const spanId = () => trace.getActiveSpan()?.spanContext().spanId ?? "none";

function contexts() {
  const numbers = runner(batched, { name: "numbers", isolation: "inline" });
  return service("contexts", {
    runners: [numbers],
    apis: {
      rows: api({ input: text(), output: text() }, async (_, call) => {
        await numbers.double(tensor("float32", [1, 2], new Float32Array(2)), call);
        return call.traceparent ?? "none";
      }),
      items: api({ input: text(), output: text() }, async function* (count) {
        try {
          for (let item = 0; item < Number(count); item += 1) {
            await Promise.resolve();
            yield `${spanId()} `;
          }
        } finally {
          trace.getActiveSpan()?.setAttribute("ended in", spanId());
        }
      }),
      call: api({ input: text(), output: text() }, async (url) =>
        (await instrumentedFetch(`${url}/called`, "")).text(),
      ),
      called: api({ input: text(), output: text() }, (_, { headers }) => {
        const tenant = propagation.getBaggage(context.active())?.getEntry("tenant")?.value;
        return `${headers.get("x-trace")} ${tenant}`;
      }),
    },
  });
}

const open = () => serve(contexts(), { port: 0, grpcPort: 0, host: "127.0.0.1", signals: false });

test("the items of a stream are made in its span, which ends after the last", async () => {
  using _ = silenced();
  using provider = registered();
  await using server = await open();
  for (const name of ["REST", "a Connect stream"]) {
    provider.spans.length = 0;
    const outcome = await CALLERS[name]?.(server, "items", "5");
    const [request] = provider.spans;
    assert.equal(outcome?.text, `${request?.spanId} `.repeat(5), name);
    await until(() => request?.isEnded === true);
    assert.equal(request?.attributes["ended in"], request?.spanId, name);
  }
  provider.spans.length = 0;
  const leaving = new AbortController();
  const body = "1000000";
  const init = { method: "POST", body, signal: leaving.signal };
  const reader = (await fetch(`${server.url}/items`, init)).body?.getReader();
  await reader?.read();
  const [request] = provider.spans;
  assert.equal(request?.isEnded, false);
  leaving.abort();
  await until(() => request?.isEnded === true && "ended in" in request.attributes);
  assert.equal(request?.attributes["http.response.status_code"], 499);
});

test("a caller that is not sampled has no spans below it, and no exemplar", async () => {
  using log = silenced();
  using provider = registered();
  await using server = await open();
  const headers = { traceparent: `00-${TRACE}-${PARENT}-00` };
  for (const name of ["REST", "Connect", "gRPC-Web", "gRPC"]) {
    const outcome = await CALLERS[name]?.(server, "rows", "1", headers);
    assert.match(outcome?.text ?? "", new RegExp(`^00-${TRACE}-[\\da-f]{16}-00$`), name);
    await until(() => log.requests.length > 0);
    assert.equal(log.requests[0]?.["trace_id"], TRACE, name);
    (log.requests as unknown[]).length = 0;
  }
  assert.deepEqual(provider.spans, []);
  const accept = { headers: { accept: "application/openmetrics-text" } };
  const metrics = async () => (await fetch(`${server.url}/metrics`, accept)).text();
  assert.doesNotMatch(await metrics(), new RegExp(TRACE));
  const sampled = { traceparent: `00-${TRACE}-${PARENT}-01` };
  await CALLERS["REST"]?.(server, "rows", "1", sampled);
  await until(() => log.requests.length > 0);
  assert.match(await metrics(), new RegExp(TRACE));
});

test("an instrumented client passes the trace and the baggage of its request on", async () => {
  using _ = silenced();
  using provider = registered({ propagates: true });
  await using server = await open();
  const headers = { "x-trace": `${TRACE}/${PARENT}`, "x-tenant": "acme" };
  for (const name of ["REST", "Connect", "gRPC-Web", "gRPC"]) {
    provider.spans.length = 0;
    const outcome = await CALLERS[name]?.(server, "call", server.url, headers);
    const [calling, called] = provider.spans;
    assert.equal(outcome?.text, `${TRACE}/${calling?.spanId} acme`, name);
    assert.deepEqual([calling?.traceId, calling?.parentId], [TRACE, PARENT], name);
    assert.deepEqual([called?.traceId, called?.parentId], [TRACE, calling?.spanId], name);
  }
});
