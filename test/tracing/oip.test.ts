/** Requests of the Open Inference Protocol in the log and in spans, over HTTP and gRPC. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { GRPCInferenceService } from "../../src/gen/inference/grpc_service_pb.ts";
import { post, rowsOf, served } from "../http/oip/served.ts";
import { GrpcClient } from "../runtime/http2/grpc-client.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import { type Made, registered } from "./provider.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const HEADERS = {
  traceparent: `00-${TRACE}-b7ad6b7169203331-01`,
  "x-request-id": "the-request",
};
const INFER = "/v2/models/gather/infer";
const MODEL_INFER = "/inference.GRPCInferenceService/ModelInfer";

interface Case {
  readonly send: (name: string, url: string, client: GrpcClient) => Promise<unknown>;
  readonly line: Readonly<Record<string, unknown>>;
  readonly span: string;
  readonly statuses: readonly [ok: object, failed: object];
}

const CASES: readonly Case[] = [
  {
    send: (name, url) =>
      post(`${url}${INFER.replace("gather", name)}`, rowsOf(1, 0), {
        ...HEADERS,
        "content-type": "application/json",
      }),
    line: { path: INFER, protocol: "oip" },
    span: `POST ${INFER}`,
    statuses: [{}, {}],
  },
  {
    send: (modelName, _, client) => {
      const { input } = GRPCInferenceService.method.modelInfer;
      const i = { name: "i", datatype: "INT64", shape: [2n] };
      const inputs = [{ ...i, contents: { int64Contents: [1n, 0n] } }];
      const bytes = Buffer.from(toBinary(input, create(input, { modelName, inputs })));
      return client.call(MODEL_INFER, [bytes], HEADERS);
    },
    line: { path: MODEL_INFER, protocol: "grpc" },
    span: MODEL_INFER.slice(1),
    statuses: [{ "rpc.grpc.status_code": 0 }, { "rpc.grpc.status_code": 5 }],
  },
];

test("requests of the Open Inference Protocol have lines and spans", async () => {
  using log = silenced();
  using provider = registered();
  const server = await served({ grpcPort: 0, models: { gather: "gather" } });
  const client = new GrpcClient(`127.0.0.1:${server.grpcPort}`);
  const lines = log.requests as Readonly<Record<string, unknown>>[];
  const sent = async (each: Case, model: string): Promise<[(typeof lines)[number], Made[]]> => {
    lines.length = 0;
    provider.spans.length = 0;
    await each.send(model, server.url, client);
    await until(() => lines.length > 0 && provider.spans.every(({ isEnded }) => isEnded));
    return [lines[0] ?? {}, [...provider.spans]];
  };
  try {
    for (const each of CASES) {
      const [line, spans] = await sent(each, "gather");
      const { path, protocol, status, rows, batch, request_id, trace_id, span_id, peer } = line;
      assert.deepEqual({ path, protocol }, each.line);
      assert.deepEqual([status, rows, batch], [200, 2, 2]);
      assert.deepEqual([request_id, trace_id, peer], ["the-request", TRACE, "127.0.0.1"]);
      const [request, , , run] = spans;
      assert.deepEqual(
        spans.map(({ name }) => name),
        [each.span, "queue", "batch", "run"],
      );
      assert.deepEqual([request?.spanId, request?.traceId], [span_id, TRACE]);
      assert.equal(request?.attributes["ekiben.rows"], 2);
      assert.deepEqual([run?.parentId, run?.attributes["ekiben.runner"]], [span_id, "gather"]);
      assert.deepEqual(codeOf(request), each.statuses[0]);

      const [missing, [failed]] = await sent(each, "nothing");
      assert.deepEqual([missing["status"], missing["rows"]], [404, undefined]);
      assert.equal(failed?.attributes["http.response.status_code"], 404);
      assert.deepEqual(codeOf(failed), each.statuses[1]);
    }
  } finally {
    client.close();
    await server.close();
  }
});

/** The attributes of a call's status. */
function codeOf(span: Made | undefined): object {
  const all = Object.entries(span?.attributes ?? {});
  return Object.fromEntries(all.filter(([name]) => name.endsWith("_code") && /^rpc/.test(name)));
}
