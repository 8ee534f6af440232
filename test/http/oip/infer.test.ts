/** Inferences over a server's own socket: JSON, binary tensors, and compressed bodies. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync, deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import { joinBytes } from "../../../src/bytes.ts";
import { fetch } from "../../support/fetch.ts";
import { silenced } from "../../support/silenced.ts";
import { post, rowsOf, send, served } from "./served.ts";

const HEADER = "inference-header-content-length";

interface Output {
  readonly name: string;
  readonly shape: readonly number[];
  readonly datatype: string;
  readonly data?: readonly unknown[];
  readonly parameters?: { readonly binary_data_size?: number };
}

interface Inferred {
  readonly id?: string;
  readonly model_name: string;
  readonly model_version: string;
  readonly outputs: readonly Output[];
}

/** A body with binary tensors, and its headers. */
function binary(json: object, ...tensors: readonly Uint8Array[]) {
  const head = new TextEncoder().encode(JSON.stringify(json));
  return {
    method: "POST",
    body: joinBytes([head, ...tensors]),
    headers: { [HEADER]: String(head.length), "content-type": "application/octet-stream" },
  } as const;
}

/** A request for the model `gather` with a binary input. */
function binaryRows(rows: readonly number[], more: object = {}) {
  const { buffer } = BigInt64Array.from(rows, BigInt);
  const parameters = { binary_data_size: buffer.byteLength };
  const input = { name: "i", shape: [rows.length], datatype: "INT64", parameters };
  return binary({ inputs: [input], ...more }, new Uint8Array(buffer));
}

/** Splits an answer into its JSON and its tensors. */
function parts(body: Uint8Array, headers: Headers): [Inferred, Uint8Array] {
  const length = Number(headers.get(HEADER));
  const json = JSON.parse(new TextDecoder().decode(body.subarray(0, length))) as Inferred;
  return [json, body.slice(length)];
}

const floats = (bytes: Uint8Array): number[] => [...new Float32Array(bytes.slice().buffer)];

test("an inference in JSON returns its id, the version and flat data", async () => {
  using _ = silenced();
  await using server = await served();
  for (const path of ["/v2/models/gather/infer", "/v2/models/gather/versions/1/infer"]) {
    const { status, json, headers } = await post(server.url + path, { id: "a-7", ...rowsOf(1, 0) });
    const { outputs, ...rest } = json as Inferred;
    assert.deepEqual(
      [status, rest],
      [200, { model_name: "gather", model_version: "1", id: "a-7" }],
    );
    const [output] = outputs;
    assert.deepEqual([output?.name, output?.datatype, output?.shape], ["y", "FP32", [2, 2]]);
    assert.equal(output?.data?.length, 4);
    assert.equal(headers.get("content-type"), "application/json");
    assert.equal(headers.get(HEADER), null);
  }
});

test("binary tensors go in and come out as bytes", async () => {
  using _ = silenced();
  await using server = await served();
  const url = `${server.url}/v2/models/gather/infer`;
  const { json } = await post(url, rowsOf(2, 1, 0));
  const wanted = (json as Inferred).outputs[0]?.data;
  for (const more of [
    { parameters: { binary_data_output: true } },
    { outputs: [{ name: "y", parameters: { binary_data: true } }] },
    // Names of other lengths, so that tensors begin at every offset.
    ...Array.from({ length: 8 }, (_, at) => ({
      id: "x".repeat(at),
      parameters: { binary_data_output: true },
    })),
  ]) {
    const response = await fetch(url, binaryRows([2, 1, 0], more));
    const { headers } = response;
    assert.equal(response.status, 200);
    assert.equal(headers.get("content-type"), "application/octet-stream");
    const [answer, bytes] = parts(await response.bytes(), headers);
    assert.deepEqual(answer.outputs, [
      { name: "y", datatype: "FP32", shape: [3, 2], parameters: { binary_data_size: 24 } },
    ]);
    assert.deepEqual(floats(bytes), wanted);
  }
  // Binary in, JSON out.
  const mixed = await send(url, binaryRows([2, 1, 0]));
  assert.deepEqual((mixed.json as Inferred).outputs[0]?.data, wanted);
});

test("a body of bytes alone is the only input", async () => {
  using _ = silenced();
  await using server = await served();
  const body = new Uint8Array(BigInt64Array.of(1n).buffer);
  const response = await fetch(`${server.url}/v2/models/gather/infer`, {
    method: "POST",
    body,
    headers: { [HEADER]: "0" },
  });
  assert.equal(response.status, 200);
  const [{ outputs }, bytes] = parts(await response.bytes(), response.headers);
  assert.deepEqual([outputs[0]?.shape, bytes.length], [[1, 2], 8]);
});

/** Rows enough for an answer that is worth compressing. */
const MANY: readonly number[] = Array.from({ length: 500 }, (_, at) => at % 5);

test("requests are read in gzip and deflate, and the header counts the plain JSON", async () => {
  using _ = silenced();
  await using server = await served();
  const url = `${server.url}/v2/models/gather/infer`;
  const plain = JSON.stringify((await post(url, rowsOf(...MANY))).json);
  const request = binaryRows(MANY);
  for (const [encoding, compress] of [
    ["gzip", gzipSync],
    ["x-gzip", gzipSync],
    ["deflate", deflateSync],
    ["deflate", deflateRawSync],
  ] as const) {
    for (const [body, headers] of [
      [request.body, request.headers],
      [new TextEncoder().encode(JSON.stringify(rowsOf(...MANY))), {}],
    ] as const) {
      const { status, json } = await send(url, {
        method: "POST",
        body: compress(body) as BodyInit,
        headers: { ...headers, "content-encoding": encoding },
      });
      assert.equal(status, 200, encoding);
      assert.ok(JSON.stringify(json) === plain, encoding);
    }
  }
  const unknown = await send(url, { ...request, headers: { "content-encoding": "br" } });
  assert.deepEqual([unknown.status, Object.keys(unknown.json as object)], [415, ["error"]]);
  const broken = await send(url, { ...request, headers: { "content-encoding": "gzip" } });
  assert.equal(broken.status, 400);
});

/** Sends a request by a client that does not decompress. */
async function raw(url: string, init: { body: Uint8Array; headers: Record<string, string> }) {
  const { request } = await import("node:http");
  return await new Promise<{ status: number; headers: Headers; body: Buffer }>((done, fail) => {
    const sent = request(url, { method: "POST", headers: init.headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", fail);
      response.on("end", () =>
        done({
          status: response.statusCode ?? 0,
          headers: new Headers(response.headers as Record<string, string>),
          body: Buffer.concat(chunks),
        }),
      );
    });
    sent.on("error", fail).end(init.body);
  });
}

test("answers are compressed as the caller asks", async () => {
  using _ = silenced();
  await using server = await served();
  const url = `${server.url}/v2/models/gather/infer`;
  const json = new TextEncoder().encode(JSON.stringify(rowsOf(...MANY)));
  const small = new TextEncoder().encode(JSON.stringify(rowsOf(1)));
  const tensors = binaryRows(MANY, { parameters: { binary_data_output: true } });
  const plain = await raw(url, { body: json, headers: {} });
  assert.equal(plain.headers.get("content-encoding"), null);
  const undo = { gzip: gunzipSync, deflate: inflateSync };
  for (const [accept, ofJson, ofTensors] of [
    ["gzip", "gzip", "gzip"],
    ["deflate", "deflate", "deflate"],
    ["gzip, deflate, br", "gzip", null],
    ["gzip;q=0.1, deflate", "deflate", null],
    ["br", null, null],
    ["gzip;q=0", null, null],
  ] as const) {
    const headers = { "accept-encoding": accept };
    const answer = await raw(url, { body: json, headers });
    assert.equal(answer.headers.get("content-encoding"), ofJson, accept);
    assert.equal(answer.headers.get("vary"), "accept-encoding");
    const text = ofJson === null ? answer.body : undo[ofJson](answer.body);
    assert.deepEqual(Buffer.compare(text, plain.body), 0);
    assert.equal(answer.headers.get("content-length"), String(answer.body.length));

    const binaryAnswer = await raw(url, {
      body: tensors.body,
      headers: { ...tensors.headers, ...headers },
    });
    assert.equal(binaryAnswer.headers.get("content-encoding"), ofTensors, accept);
    const whole = ofTensors === null ? binaryAnswer.body : undo[ofTensors](binaryAnswer.body);
    const [, bytes] = parts(whole, binaryAnswer.headers);
    assert.equal(bytes.length, 500 * 2 * 4);

    const little = await raw(url, { body: small, headers });
    assert.equal(little.headers.get("content-encoding"), null, "too small");
  }
});

test("BYTES, FP16 and several inputs go through", async () => {
  using _ = silenced();
  await using server = await served();
  const forest = await post(`${server.url}/v2/models/forest/infer`, {
    inputs: [
      {
        name: "X",
        shape: [2, 4],
        datatype: "FP32",
        data: [
          [5, 3.4, 1.4, 0.2],
          [6, 3, 5, 2],
        ],
      },
    ],
    outputs: [{ name: "label" }],
  });
  const { outputs } = forest.json as Inferred;
  assert.deepEqual(
    outputs.map(({ name, datatype, shape }) => [name, datatype, shape]),
    [["label", "BYTES", [2]]],
  );
  const halves = new Uint8Array(Uint16Array.of(0x3c00, 0x4000).buffer);
  const input = { name: "x", shape: [1, 2], datatype: "FP16" };
  const response = await fetch(
    `${server.url}/v2/models/fp16/infer`,
    binary(
      {
        inputs: [{ ...input, parameters: { binary_data_size: 4 } }],
        parameters: { binary_data_output: true },
      },
      halves,
    ),
  );
  const [answer, bytes] = parts(await response.bytes(), response.headers);
  assert.deepEqual([answer.outputs[0]?.datatype, bytes.length], ["FP16", 4]);
  const fp32 = (name: string, shape: number[], data: number[]): object => ({
    name,
    shape,
    datatype: "FP32",
    data,
  });
  const mixed = await post(`${server.url}/v2/models/mixed/infer`, {
    inputs: [
      fp32("x", [3, 1], [1, 2, 3]),
      fp32("y", [1, 2], [4, 5]),
      fp32("w", [4], [1, 2, 3, 4]),
      fp32("s", [], [2]),
    ],
  });
  assert.deepEqual(
    (mixed.json as Inferred).outputs.map(({ name }) => name),
    ["sums", "squares", "weights"],
  );
});
