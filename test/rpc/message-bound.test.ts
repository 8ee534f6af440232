/** Messages of very many tiny parts, which are refused before they are parsed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { toBinary } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { RequestSchema } from "../../src/gen/bentoml/grpc/v1/service_pb.ts";
import {
  GRPCInferenceService,
  ModelInferRequestSchema,
} from "../../src/gen/inference/grpc_service_pb.ts";
import { rpcFetch } from "../../src/rpc/fetch.ts";
import { MessageBound } from "../../src/rpc/message-bound.ts";
import { rpcRoutes } from "../../src/rpc/routes.ts";
import { seeded } from "../support/random.ts";
import { Served } from "./oip/served.ts";

const MAX_BYTES = 20 * 2 ** 20;
const infer = new MessageBound(ModelInferRequestSchema, MAX_BYTES);
const value = new MessageBound(ValueSchema, MAX_BYTES);
const call = new MessageBound(RequestSchema, MAX_BYTES);

/** Repeats bytes. */
function many(count: number, ...bytes: readonly number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.alloc(count * bytes.length, Uint8Array.from(bytes)));
}

/** Wraps bytes as a field of a message. */
function field(tag: number, bytes: Uint8Array): Uint8Array {
  const head = [tag];
  let left = bytes.length;
  for (; left > 127; left >>>= 7) head.push((left & 127) | 128);
  return Buffer.concat([Uint8Array.from([...head, left]), bytes]);
}

function isRefusal(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.ResourceExhausted;
}

const [INPUTS, PARAMETERS, RAW, UNKNOWN, CONTENTS, LIST, VALUES] = [
  0x2a, 0x22, 0x3a, 0x7a, 0x2a, 0x32, 0x0a,
];

test("many tiny parts are too many, wherever they are", () => {
  const parts = {
    inputs: many(1e6, INPUTS, 0),
    parameters: many(4e6, PARAMETERS, 2, 0x12, 0),
    "raw contents": many(5e6, RAW, 0),
    "unknown fields": many(5e6, UNKNOWN, 0),
    "unknown numbers": many(5e6, 0x78, 0),
    "texts of contents": field(INPUTS, field(CONTENTS, many(5e6, 0x42, 0))),
    "shapes that are not packed, of inputs": many(1e6, INPUTS, 2, 0x18, 1),
  };
  for (const [what, bytes] of Object.entries(parts)) {
    assert.throws(() => infer.checkBinary(bytes), isRefusal, what);
  }
  assert.throws(() => value.checkBinary(field(LIST, many(1e6, VALUES, 0))), isRefusal);
  const json = field(0x4a, field(LIST, many(1e6, VALUES, 0)));
  assert.throws(() => call.checkBinary(json), isRefusal);
});

test("many tiny parts of JSON are too many", () => {
  const listOf = (count: number, item: string) =>
    Buffer.from(`{"inputs":[${Array(count).fill(item).join(",")}]}`);
  assert.throws(() => infer.checkJson(listOf(5e5, "{}")), isRefusal);
  assert.throws(() => infer.checkJson(listOf(5e6, '""')), isRefusal);
  assert.throws(() => value.checkJson(listOf(5e6, "[]")), isRefusal);
  assert.throws(() => value.checkJson(listOf(5e6, "1")), isRefusal);
});

test("large messages of ordinary parts are not too many", () => {
  const raw = Buffer.alloc(MAX_BYTES - 100, 0x2a);
  infer.checkBinary(Buffer.concat([many(1, INPUTS, 0), field(RAW, raw)]));
  const floats = field(INPUTS, field(CONTENTS, field(0x32, raw.subarray(100))));
  infer.checkBinary(floats);
  const booleans = field(INPUTS, field(CONTENTS, field(0x0a, raw.subarray(100))));
  infer.checkBinary(booleans);
  infer.checkBinary(field(INPUTS, field(CONTENTS, many(3e6, 0x42, 3, 97, 98, 99))));
  const number: Value = {
    $typeName: "google.protobuf.Value",
    kind: { case: "numberValue", value: 0.5 },
  };
  const item = field(VALUES, toBinary(ValueSchema, number));
  value.checkBinary(field(LIST, many(1.8e6, ...item)));
  value.checkBinary(field(LIST, many(1e6, VALUES, 2, 0x20, 1)));
  value.checkJson(Buffer.from(`[${Array(2e6).fill("255").join(", ")}]`));
  infer.checkJson(Buffer.from(`{"inputs":[${"5,".repeat(9e6)}5]}`));
  infer.checkJson(Buffer.from(`{"id":"${'{,\\",'.repeat(3e6)}"}`));
});

test("malformed messages are left to the parser", async () => {
  const whole = Buffer.concat([many(30_000, INPUTS, 4, 0x0a, 2, 97, 98), field(RAW, many(9, 1))]);
  const deep = Array.from({ length: 300 }).reduce<Uint8Array>(
    (inner) => field(LIST, field(VALUES, inner)),
    many(200_000, 0x20),
  );
  value.checkBinary(deep);
  await seeded(async (random) => {
    for (let round = 0; round < 300; round++) {
      const bytes = random.mutated(whole);
      for (const bound of [infer, value, call]) {
        try {
          bound.checkBinary(bytes);
          bound.checkJson(bytes);
        } catch (error) {
          assert.ok(isRefusal(error), String(error));
        }
      }
    }
  });
});

const SERVICE = `/${GRPCInferenceService.typeName}`;
const TINY = many(1e6, INPUTS, 0);
const TINY_JSON = Buffer.from(`{"inputs":[${"{},".repeat(5e5)}{}]}`);

function envelope(bytes: Uint8Array, flags = 0): Uint8Array {
  const head = Buffer.alloc(5, flags);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

for (const isCompressed of [false, true]) {
  const how = isCompressed ? "compressed" : "plain";
  test(`tiny parts are refused over Connect and gRPC-Web, ${how}`, async () => {
    await using served = await Served.open();
    const rpc = rpcFetch(rpcRoutes(served.service));
    const packed = (bytes: Uint8Array) => (isCompressed ? gzipSync(bytes) : bytes);
    const flags = isCompressed ? 1 : 0;
    for (const [type, encoding, method, body] of [
      ["proto", "content-encoding", "ModelInfer", packed(TINY)],
      ["json", "content-encoding", "ModelInfer", packed(TINY_JSON)],
      ["grpc-web+proto", "grpc-encoding", "ModelInfer", envelope(packed(TINY), flags)],
      ["grpc-web+json", "grpc-encoding", "ModelInfer", envelope(packed(TINY_JSON), flags)],
      [
        "connect+proto",
        "connect-content-encoding",
        "ModelStreamInfer",
        envelope(packed(TINY), flags),
      ],
    ] as const) {
      const headers = {
        "content-type": `application/${type}`,
        ...(isCompressed ? { [encoding]: "gzip" } : {}),
      };
      const init = { method: "POST", headers, body: body as Uint8Array<ArrayBuffer> };
      const response = await rpc(new Request(`http://test${SERVICE}/${method}`, init));
      const text = await response?.text();
      const said = `${response?.headers.get("grpc-message")} ${text}`;
      assert.match(decodeURIComponent(said), /too many parts for its size/, `${type} ${how}`);
    }
    assert.equal(served.models.leases, 0);
  });
}

test("tiny parts are refused over gRPC, on both paths and in streams", async () => {
  await using served = await Served.open();
  for (const [method, bytes] of [
    ["ModelInfer", Buffer.concat([TINY, Uint8Array.of(0x0b, 0x0c)])],
    ["ModelStreamInfer", TINY],
    ["ModelReady", many(1e6, UNKNOWN, 0, 0x78, 0)],
  ] as const) {
    const { code, details } = await served.client.call(`${SERVICE}/${method}`, [
      Buffer.from(bytes),
    ]);
    assert.equal(code, Code.ResourceExhausted, `${method}: ${details}`);
    assert.match(details, /too many parts/);
  }
});
