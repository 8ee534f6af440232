import assert from "node:assert/strict";
import { test } from "node:test";
import { httpApp as app } from "../../../src/http/http-app.ts";
import { ndarray } from "../../../src/io/tensor/ndarray.ts";
import { npyOfTensor, tensorOfNpy } from "../../../src/io/tensor/npy.ts";
import { api } from "../../../src/service/api.ts";
import { service } from "../../../src/service/service.ts";
import { tensor } from "../../../src/tensor.ts";

const NPY = "application/x-npy";
const RAW = "application/octet-stream";

const hono = app(
  service("tensors", {
    apis: {
      any: api({ input: ndarray(), output: ndarray() }, (x) => x),
      rows: api(
        { input: ndarray({ dtype: "float32", shape: [-1, 2] }), output: ndarray() },
        (x) => x,
      ),
      open: api(
        { input: ndarray({ dtype: "int8", shape: [-1, -1] }), output: ndarray() },
        (x) => x,
      ),
    },
  }),
);

async function post(
  path: string,
  body: BodyInit,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  return await hono.request(path, { method: "POST", body, headers });
}

const pairs = tensor("float32", [2, 2], Float32Array.of(1, 2, 3, 4.5));
const file = npyOfTensor(pairs) as Uint8Array<ArrayBuffer>;

test("ndarray() takes .npy, whatever its type says, and answers JSON by default", async () => {
  for (const type of [NPY, "application/json", "APPLICATION/X-NPY; a=b", RAW]) {
    for (const path of ["/any", "/rows"]) {
      const response = await post(path, file, { "content-type": type });
      assert.equal(await response.text(), "[[1,2],[3,4.5]]", type);
      assert.equal(response.headers.get("content-type"), "application/json");
    }
  }
});

test("ndarray() answers in the format that a caller prefers", async () => {
  for (const [accept, type] of [
    [NPY, NPY],
    [RAW, RAW],
    ["*/*", "application/json"],
    ["text/html", "application/json"],
    [`${NPY}, application/json`, NPY],
    [`application/json;q=0.5, ${RAW};q=0.9`, RAW],
    [`${NPY};q=0`, "application/json"],
  ] as const) {
    const response = await post("/rows", "[[1,2],[3,4.5]]", { accept });
    assert.equal(response.headers.get("content-type"), type, accept);
    const bytes = await response.bytes();
    if (type === NPY) assert.deepEqual(tensorOfNpy(bytes), pairs);
    if (type !== RAW) continue;
    assert.deepEqual(new Float32Array(bytes.slice().buffer), pairs.data);
    assert.equal(response.headers.get("ekiben-dtype"), "float32");
    assert.equal(response.headers.get("ekiben-shape"), "2, 2");
  }
  const text = await post("/any", '["a"]', { accept: RAW });
  assert.equal(await text.text(), '["a"]');
});

const four = new Uint8Array(Float32Array.of(1, 2, 3, 4.5).buffer);
const scalar = { "ekiben-dtype": "uint8", "ekiben-shape": "" };

/** Octets that are taken, and the answer in JSON. */
const TAKEN: readonly (readonly [
  path: string,
  headers: Readonly<Record<string, string>>,
  bytes: Uint8Array<ArrayBuffer>,
  answer: string,
])[] = [
  ["/rows", {}, four, "[[1,2],[3,4.5]]"],
  ["/rows", {}, new Uint8Array(), "[]"],
  ["/rows", { "ekiben-shape": "4" }, four, "[[1,2],[3,4.5]]"],
  ["/any", { "ekiben-dtype": "float32" }, four, "[1,2,3,4.5]"],
  ["/any", { "ekiben-dtype": "Float32", "ekiben-shape": "(2, -1)" }, four, "[[1,2],[3,4.5]]"],
  [
    "/any",
    { "ekiben-dtype": "bool", "ekiben-shape": "[3]" },
    Uint8Array.of(0, 1, 9),
    "[false,true,true]",
  ],
  ["/any", scalar, Uint8Array.of(7), "7"],
  ["/any", { "ekiben-dtype": "float64", "ekiben-shape": "2, 0" }, new Uint8Array(), "[[],[]]"],
  ["/open", { "ekiben-shape": "1,2" }, Uint8Array.of(1, 255), "[[1,-1]]"],
  ["/open", { "ekiben-dtype": "int16", "ekiben-shape": "1,1" }, Uint8Array.of(5, 0), "[[5]]"],
];

for (const [path, headers, bytes, answer] of TAKEN) {
  const what = `${bytes.length} octets at ${path} as ${JSON.stringify(headers)}`;
  test(`ndarray() takes ${what}`, async () => {
    const response = await post(path, bytes, { ...headers, "content-type": RAW });
    assert.equal(await response.text(), answer);
  });
}

const REFUSED: readonly (readonly [
  path: string,
  headers: Readonly<Record<string, string>>,
  length: number,
  error: RegExp,
])[] = [
  [
    "/rows",
    {},
    12,
    /float32 and shape \[-1, 2\]: it must have a multiple of 8 bytes, but was given 12/,
  ],
  [
    "/any",
    { "ekiben-dtype": "int16", "ekiben-shape": "3" },
    4,
    /must have 6 bytes, but was given 4/,
  ],
  ["/any", {}, 4, /header Ekiben-Dtype must say its dtype.* but none was given/],
  ["/any", { "ekiben-dtype": "string" }, 4, /of a fixed size, but it was string/],
  ["/any", { "ekiben-dtype": "z".repeat(5000) }, 4, /but it was z{100}…$/],
  [
    "/any",
    { "ekiben-dtype": "int8", "ekiben-shape": "two" },
    4,
    /Ekiben-Shape must be whole numbers/,
  ],
  [
    "/any",
    { "ekiben-dtype": "int8", "ekiben-shape": "1e3" },
    4,
    /Ekiben-Shape must be whole numbers/,
  ],
  ["/any", { "ekiben-dtype": "int8", "ekiben-shape": "-1, 0" }, 4, /multiple of 0 bytes, but was/],
  ["/open", {}, 4, /only one length follows .* header Ekiben-Shape must say the others/],
];

for (const [path, headers, length, error] of REFUSED) {
  test(`ndarray() refuses ${length} octets at ${path}: ${error.source}`, async () => {
    const response = await post(path, new Uint8Array(length), { ...headers, "content-type": RAW });
    assert.equal(response.status, 400);
    assert.match(((await response.json()) as { error: string }).error, error);
  });
}

test("ndarray() answers with memory of its own", () => {
  const value = tensor("uint8", [2], Uint8Array.of(1, 2));
  const payload = ndarray().encode(value, undefined, RAW) as { bytes: Uint8Array };
  value.data[0] = 9;
  assert.deepEqual(payload.bytes, Uint8Array.of(1, 2));
});
