/** The values of each descriptor, from a client to a service and back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { app, type DType, fromRows, type Tensor, tensor } from "ekiben";
import { type Client, client } from "ekiben/client";
import { example } from "./example-service.ts";

const calls: Client<typeof example> = client<typeof example>(app(example));

const float16: Tensor<"float16"> = tensor("float16", [1], Float16Array.of(0.1));
const TENSORS: readonly Tensor[] = [
  float16,
  tensor("float32", [2, 2], Float32Array.of(0.1, Number.NaN, -Infinity, -0)),
  tensor("float64", [], Float64Array.of(0.1)),
  tensor("int8", [3], Int8Array.of(-128, 0, 127)),
  tensor("int16", [1, 1, 1], Int16Array.of(-32768)),
  tensor("int32", [0, 3], new Int32Array()),
  tensor("int64", [2], BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)),
  tensor("uint8", [1], Uint8Array.of(255)),
  tensor("uint16", [1], Uint16Array.of(65535)),
  tensor("uint32", [1], Uint32Array.of(2 ** 32 - 1)),
  tensor("uint64", [1], BigUint64Array.of(2n ** 64n - 1n)),
  tensor("bool", [3], Uint8Array.of(1, 0, 1)),
  tensor("string", [2, 1], ["a\u{1f363}", ""]),
  tensor("float32", [1000], new Float32Array(1000).fill(0.25)),
];

for (const value of TENSORS) {
  test(`ndarray: a tensor of ${value.dtype} and shape [${value.shape}] is the same`, async () => {
    assert.deepEqual(await calls.array(value), value);
  });
}

for (const [nested, dtype, shape, data] of [
  [1.5, "float64", [], [1.5]],
  [
    [
      [1, 2],
      [3, Number.NaN],
    ],
    "float64",
    [2, 2],
    [1, 2, 3, Number.NaN],
  ], // prettier-ignore
  [[true, false], "bool", [2], [1, 0]],
  [["a", "b"], "string", [2], ["a", "b"]],
  [[2n ** 62n], "int64", [1], [2n ** 62n]],
] as const) {
  test(`ndarray: nested arrays of ${dtype}`, async () => {
    const answer = await calls.array(nested);
    assert.deepEqual([answer.dtype, answer.shape, [...answer.data]], [dtype, shape, data]);
  });
}

test("ndarray: nested arrays become the dtype of the API", async () => {
  const answer: Tensor<"float32"> = await calls.floats([[1, 2]]);
  assert.deepEqual(answer, tensor("float32", [1, 2], Float32Array.of(1, 2)));
});

test("text: any characters", async () => {
  for (const text of ["", "Grüße\r\n\0", '"quoted"', "\u{1f363}"]) {
    assert.equal(await calls.text(text), text);
  }
});

test("json: any value, and what a schema adds", async () => {
  for (const value of [null, "text", 1e300, [1, { a: [true] }], { deep: { "": null } }, []]) {
    assert.deepEqual(await calls.json(value), value);
  }
  const greeting: { hello: string; at: string } = await calls.greet({ name: "Ada", times: 2 });
  assert.deepEqual(greeting, { hello: "AdaAda", at: "1970-01-01T00:00:00.000Z" });
});

test("json: whole numbers beyond 2^53, where the descriptor has them", async () => {
  for (const id of [1, 2n ** 64n + 1n, -(2n ** 60n)])
    assert.deepEqual(await calls.count({ id }), { id });
});

test("namedTensors: values and shapes; dtypes where the service names them", async () => {
  const named = {
    ids: tensor("int64", [1, 2], BigInt64Array.of(1n, -(2n ** 62n))),
    mask: tensor("bool", [2], Uint8Array.of(1, 0)),
    scores: tensor("float32", [2], Float32Array.of(0.5, Number.NaN)),
  };
  assert.deepEqual(await calls.typed(named), named);
  const doubles = { x: tensor("float64", [2], Float64Array.of(0.1, 2)) };
  assert.deepEqual(await calls.tensors(doubles), doubles);
});

const frame = fromRows([
  { name: "Ada", age: 36 },
  { name: "Bo", age: null },
]);
const FRAMES = ["records", "split", "columns", "index", "values", "parquet"] as const;
for (const name of FRAMES) {
  test(`dataframe: ${name}`, async () => {
    assert.deepEqual(await calls[name](frame), frame);
  });
}

test("dataframe: long integers and missing numbers", async () => {
  const data = [
    ["12345678901234567890", 1],
    [Number.NaN, 2],
  ] as const; // prettier-ignore
  const answer = await calls.split({ columns: ["a", "b"], data });
  assert.deepEqual(answer.data, [
    ["12345678901234567890", 1],
    [null, 2],
  ]);
});

test("series: its cells, and its name where the orient has it", async () => {
  assert.deepEqual((await calls.series({ data: [1, null, "a"] })).data, [1, null, "a"]);
  const named = await calls.named({ name: "ages", data: [1, 2] });
  assert.deepEqual([named.name, named.data], ["ages", [1, 2]]);
});

const RGBA = Uint8ClampedArray.of(255, 0, 0, 255, 0, 255, 0, 0, 1, 2, 3, 128, 9, 9, 9, 255);

test("image: ImageData, pictures and files", async () => {
  const drawn = { width: 2, height: 2, data: RGBA };
  assert.deepEqual(await calls.pixels(drawn), [2, 2, ...RGBA]);
  const grey = { width: 1, height: 1, channels: 1, data: Uint8Array.of(7) } as const;
  assert.deepEqual(await calls.pixels(grey), [1, 1, 7, 7, 7, 255]);
  const picture = await calls.picture(drawn);
  assert.ok(picture instanceof Blob);
  assert.equal(picture.type, "image/png");
  const bytes = await picture.arrayBuffer();
  for (const file of [picture, bytes, new Uint8Array(bytes), new File([bytes], "a.png")]) {
    const [width, height] = await calls.pixels(file);
    assert.deepEqual([width, height], [2, 2]);
  }
});

test("file: bytes, type and name", async () => {
  const named = await calls.file(new File(["hello"], "é.txt", { type: "text/x-test" }));
  assert.ok(named instanceof File);
  assert.deepEqual([named.name, named.type, await named.text()], ["é.txt", "text/x-test", "hello"]);
  const bare = await calls.file(Uint8Array.of(1, 255));
  assert.deepEqual(await bare.bytes(), Uint8Array.of(1, 255));
  assert.equal(bare.type, "application/octet-stream");
  assert.match((await calls.page(new Blob(["<p>"]))).type, /^text\/html/);
});

test("multipart: each field by its own descriptor", async () => {
  const bytes = Uint8Array.of(0, 200, 13, 10, 255);
  const extra = { bytes, type: "application/x-extra", filename: "extra.bin" };
  const picture = { width: 2, height: 2, data: RGBA };
  const answer = await calls.form({ note: "Grüße\n", size: { width: 3 }, picture, extra });
  assert.deepEqual([answer.note, answer.size], ["Grüße\n", { width: 3 }]);
  assert.equal(answer.picture.type, "image/jpeg");
  assert.equal(answer.extra.name, "extra.bin");
  // Bun 1.4 guesses the types of the files of a form by their names.
  if (!("Bun" in globalThis)) assert.equal(answer.extra.type, "application/x-extra");
  assert.deepEqual(await answer.extra.bytes(), bytes);
  const nameless = await calls.form({ note: "", size: { width: 0 }, picture, extra: bytes });
  assert.deepEqual(await nameless.extra.bytes(), bytes);
});

test("a descriptor of another making: bytes", async () => {
  const answer: Uint8Array = await calls.dots(Uint8Array.of(46, 46));
  assert.deepEqual(answer, Uint8Array.of(46, 46, 46));
});

test("what an API does not take is a TypeError that says so", async () => {
  const wrong: readonly (readonly [Promise<unknown>, RegExp])[] = [
    [calls.text(1 as never), /^TypeError: Cannot send a text: it must be a string, but was /],
    [calls.json({ a: [Number.NaN] }), /^TypeError: Cannot send as JSON: "0" is NaN/],
    [calls.pixels("a.png" as never), /^TypeError: Cannot send a picture: it must be a Blob, /],
    [calls.pixels({ width: 2, height: 1, data: RGBA }), /it must have 8 bytes, but has 16$/],
    [calls.form({ note: "" } as never), /must be an object of the fields note, size, picture, ex/],
  ];
  for (const [call, message] of wrong) await assert.rejects(call, message);
});

test("the dtypes of this test are all that there are", () => {
  const dtypes: readonly DType[] = [...new Set(TENSORS.map(({ dtype }) => dtype))];
  assert.equal(dtypes.length, 13);
});
