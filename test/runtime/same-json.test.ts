/** What a handler answers as JSON, over every protocol: REST writes a text, the others messages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
  toJsonString,
} from "@bufbuild/protobuf";
import { api, type Io, json, namedTensors, service, tensor, text } from "ekiben";
import { RequestSchema, ResponseSchema } from "../../src/gen/bentoml/grpc/v1/service_pb.ts";
import { serve } from "../../src/runtime/serve.ts";
import { silenced } from "../support/silenced.ts";
import { GrpcClient } from "./http2/grpc-client.ts";
import { envelope } from "./http2/raw-http2.ts";

const PATH = "/bentoml.grpc.v1.BentoService/Call";

const rows = Array.from({ length: 300 }, (_, at) => ({ id: at, score: Math.sin(at), none: null }));
const tensors = {
  scores: tensor("float32", [2, 2], Float32Array.of(0.1, Number.NaN, -0, Infinity)),
  labels: tensor("string", [2], ["a", "日本"]),
  counts: tensor("int64", [3], BigInt64Array.of(1n, -5n, 2n ** 53n)),
  flags: tensor("bool", [], Uint8Array.of(1)),
  empty: tensor("float64", [2, 0]),
};
const odd = {
  at: new Date(0),
  skipped: undefined,
  list: [undefined, -0, 5e-324, 1e300, 2 ** 70, 12n],
  "": { a: [] },
};

/** An API's output, what its handler returns, and what is sent where that is not what REST says. */
const ANSWERS: Readonly<Record<string, readonly [Io<unknown, never>, unknown, JsonValue?]>> = {
  rows: [json(), rows],
  odd: [json(), odd],
  nothing: [json(), undefined],
  wide: [json(), [2n ** 53n + 1n], ["9007199254740993"]],
  tensors: [namedTensors(), tensors],
  words: [namedTensors({ nonFinite: "string" }), tensors],
  nan: [json(), [{ a: Number.NaN }]],
};

const APIS = Object.fromEntries(
  Object.entries(ANSWERS).map(([name, [output, value]]) => [
    name,
    api({ input: text(), output: output as Io }, () => value),
  ]),
);

type Call = (apiName: string) => Promise<JsonValue | undefined>;

/** Returns what each protocol answers; `undefined` for an error. */
function callers(url: string, grpc: GrpcClient): Readonly<Record<string, Call>> {
  const request = (apiName: string) =>
    create(RequestSchema, { apiName, content: { case: "text", value: { value: "" } } });
  const post = async (type: string, body: BodyInit): Promise<Response | undefined> => {
    const headers = { "content-type": type };
    const response = await fetch(`${url}${PATH}`, { method: "POST", headers, body });
    return response.ok ? response : undefined;
  };
  const jsonOf = (bytes: Uint8Array): JsonValue =>
    (toJson(ResponseSchema, fromBinary(ResponseSchema, bytes)) as { json: JsonValue }).json;
  return {
    async REST(apiName) {
      const response = await fetch(`${url}/${apiName}`, { method: "POST", body: "x" });
      return response.ok ? ((await response.json()) as JsonValue) : undefined;
    },
    async "Connect JSON"(apiName) {
      const sent = toJsonString(RequestSchema, request(apiName));
      const response = await post("application/json", sent);
      const message = response && fromJson(ResponseSchema, (await response.json()) as JsonValue);
      return message && (toJson(ResponseSchema, message) as { json: JsonValue }).json;
    },
    async "Connect binary"(apiName) {
      const sent = toBinary(RequestSchema, request(apiName)) as Uint8Array<ArrayBuffer>;
      const response = await post("application/proto", sent);
      return response && jsonOf(new Uint8Array(await response.arrayBuffer()));
    },
    async "gRPC-Web"(apiName) {
      const message = Buffer.from(toBinary(RequestSchema, request(apiName)));
      const sent = envelope(message) as Uint8Array<ArrayBuffer>;
      const response = await post("application/grpc-web+proto", sent);
      const body = Buffer.from((await response?.arrayBuffer()) ?? new ArrayBuffer(0));
      // An error has trailers only.
      if (body.length === 0 || ((body[0] ?? 0) & 0x80) !== 0) return undefined;
      return jsonOf(body.subarray(5, 5 + body.readUInt32BE(1)));
    },
    async gRPC(apiName) {
      const message = Buffer.from(toBinary(RequestSchema, request(apiName)));
      const { messages } = await grpc.call(PATH, [message]);
      return messages[0] && jsonOf(messages[0]);
    },
  };
}

test("serve() answers the same JSON over every protocol", async () => {
  using _ = silenced();
  const definition = service("same_json", { apis: APIS });
  const options = { port: 0, host: "127.0.0.1", signals: false, onePort: true } as const;
  await using server = await serve(definition, options);
  const grpc = new GrpcClient(`127.0.0.1:${server.port}`);
  try {
    const { REST: rest, ...others } = callers(server.url, grpc);
    for (const [name, [, , sent]] of Object.entries(ANSWERS)) {
      const expected = sent ?? (await rest?.(name));
      assert.equal(expected === undefined, name === "nan", name);
      for (const [protocol, call] of Object.entries(others)) {
        assert.deepEqual(await call(name), expected, `${name} over ${protocol}`);
      }
    }
  } finally {
    grpc.close();
  }
});
