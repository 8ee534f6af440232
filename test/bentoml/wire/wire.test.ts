/** The wire forms of messages, against those of the messages' own parser and serializer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { decodeContent, encodeContent } from "../../../src/bentoml/content/content.ts";
import { encodeJson } from "../../../src/bentoml/content/json.ts";
import type { RequestContent } from "../../../src/bentoml/content/message.ts";
import { encodeWireContent } from "../../../src/bentoml/wire/content.ts";
import { readJsonValue, UNUSUAL } from "../../../src/bentoml/wire/json-reader.ts";
import { writeJson } from "../../../src/bentoml/wire/json-writer.ts";
import { readRequest } from "../../../src/bentoml/wire/request.ts";
import { writeResponse } from "../../../src/bentoml/wire/response.ts";
import {
  type NDArraySchema,
  RequestSchema,
  ResponseSchema,
} from "../../../src/gen/bentoml/grpc/v1/service_pb.ts";
import { file } from "../../../src/io/file.ts";
import { multipart } from "../../../src/io/form/multipart.ts";
import type { Io } from "../../../src/io/io.ts";
import { json } from "../../../src/io/json/json.ts";
import { namedTensors } from "../../../src/io/tensor/named-tensors.ts";
import { ndarray } from "../../../src/io/tensor/ndarray.ts";
import { text } from "../../../src/io/text.ts";
import { tensor } from "../../../src/tensor.ts";
import { type Random, seeded } from "../../support/random.ts";
import { anyValue, deep, REFUSED, SAME } from "../json-values.ts";

type Content = NonNullable<MessageInitShape<typeof RequestSchema>["content"]>;

const large = "a string as long as it takes to be read by itself, grüße 日本 🍱. ".repeat(300);

/** The value of the general parser's message, for an API that takes it. */
async function generally(io: Io<unknown, never>, bytes: Uint8Array): Promise<unknown> {
  return await decodeContent(io, fromBinary(RequestSchema, bytes).content, {});
}

async function decoded(io: Io<unknown, never>, content: RequestContent): Promise<unknown> {
  return await decodeContent(io, content, {});
}

function requestOf(content: Content, apiName = "classify"): Uint8Array {
  return toBinary(RequestSchema, create(RequestSchema, { apiName, content }));
}

for (const [what, value] of [...SAME, ["a long string", { [large]: large }] as const]) {
  test(`writeJson() writes ${what} as the serializer, and readJsonValue() reads it`, () => {
    const expected = toBinary(ValueSchema, encodeJson(value));
    const bytes = writeJson(value);
    assert.deepEqual(bytes, expected);
    const io = json();
    const read = readJsonValue(bytes, 0, bytes.length);
    const message = decodeContent(io, { case: "json", value: fromBinary(ValueSchema, bytes) }, {});
    assert.deepEqual(read, message);
    // The order of keys, too.
    assert.equal(JSON.stringify(read), JSON.stringify(message));
  });
}

for (const [what, value] of REFUSED) {
  test(`writeJson() refuses ${what} with the error of the serializer`, () => {
    let message: string | undefined;
    try {
      encodeJson(value);
    } catch (error) {
      message = (error as Error).message;
    }
    assert.ok(message !== undefined);
    assert.throws(() => writeJson(value), { name: "TypeError", message });
    assert.deepEqual(writeJson([1]), toBinary(ValueSchema, encodeJson([1])), "after it");
  });
}

test("writeJson() takes a value whose toJSON() writes another", () => {
  const inner = writeJson({ a: "inner" });
  const outer = { b: 1, c: { toJSON: () => writeJson({ a: "inner" }).length }, d: large };
  assert.deepEqual(writeJson(outer), writeJson({ b: 1, c: inner.length, d: large }));
});

test("writeJson() takes 512 levels, and readJsonValue() leaves them to the parser", () => {
  const bytes = writeJson(deep(512));
  assert.deepEqual(bytes, toBinary(ValueSchema, encodeJson(deep(512))));
  assert.equal(readJsonValue(bytes, 0, bytes.length), UNUSUAL);
  assert.throws(() => writeJson(deep(513)), { name: "TypeError", message: /deeper than 512/ });
  // The parser takes 100 messages, of which each level has two.
  const most = requestOf({ case: "json", value: encodeJson(deep(48)) });
  const { value } = readRequest(most)?.content ?? {};
  assert.deepEqual({ ...(value as object) }, { value: deep(48) });
});

const floats: MessageInitShape<typeof NDArraySchema> = {
  shape: [2, 2],
  dtype: 1,
  floatValues: [1, -0.5, Number.NaN, Number.POSITIVE_INFINITY],
};
const READ: readonly (readonly [string, Io<unknown, never>, Content])[] = [
  ["text", text(), { case: "text", value: { value: large } }],
  ["empty text", text(), { case: "text", value: {} }],
  ["bytes", file(), { case: "serializedBytes", value: Uint8Array.of(1, 2) }],
  ["a file", file(), { case: "file", value: { content: Uint8Array.of(1), kind: "a/b" } }],
  ["a file without a kind", file(), { case: "file", value: { content: Uint8Array.of(1) } }],
  ["an empty file", file(), { case: "file", value: { kind: "a/b" } }],
  ["floats", ndarray(), { case: "ndarray", value: floats }],
  ["floats without a dtype", ndarray(), { case: "ndarray", value: { ...floats, dtype: 0 } }],
  ["floats of another dtype", ndarray(), { case: "ndarray", value: { ...floats, dtype: 2 } }],
  ["floats of no dtype", ndarray(), { case: "ndarray", value: { ...floats, dtype: 99 as 0 } }],
  ["floats of another shape", ndarray(), { case: "ndarray", value: { ...floats, shape: [3] } }],
  ["floats without a shape", ndarray(), { case: "ndarray", value: { ...floats, shape: [] } }],
  ["doubles", ndarray(), { case: "ndarray", value: { shape: [1], doubleValues: [1e300] } }],
  ["JSON", json(), { case: "json", value: encodeJson({ a: [1, "é", null, true] }) }],
  ["JSON for an API of text", text(), { case: "json", value: encodeJson(1) }],
  ["named tensors", namedTensors(), { case: "json", value: encodeJson({ x: [[1, 2]] }) }],
];

for (const [what, io, content] of READ) {
  test(`readRequest() reads ${what} as the parser`, async () => {
    for (const apiName of ["classify", "", "größe"]) {
      const bytes = requestOf(content, apiName);
      const read = readRequest(bytes);
      assert.ok(read !== undefined);
      assert.equal(read.apiName, apiName);
      const outcome = async (value: Promise<unknown>) => await value.catch(String);
      assert.deepEqual(
        await outcome(decoded(io, read.content)),
        await outcome(generally(io, bytes)),
      );
    }
  });
}

const jsonOf = (...bytes: number[]): number[] => [0x4a, bytes.length, ...bytes];
const number = (given: number): number[] => [
  0x11,
  ...new Uint8Array(Float64Array.of(given).buffer),
];
const LEFT: readonly (readonly [string, readonly number[]])[] = [
  ["nothing", []],
  ["no content", [0x0a, 1, 0x61]],
  ["an integer array", [...requestOf({ case: "ndarray", value: { int32Values: [1] } })]],
  ["a shape with -1", [...requestOf({ case: "ndarray", value: { ...floats, shape: [-1] } })]],
  ["two contents", [...jsonOf(0x20, 1), ...jsonOf(0x20, 0)]],
  ["the name at the end", [...jsonOf(0x20, 1), 0x0a, 1, 0x61]],
  ["an unknown field", [...jsonOf(0x20, 1), 0x7a, 0]],
  ["a wrong wire type", [0x48, 1]],
  ["NaN", jsonOf(...number(Number.NaN))],
  ["Infinity", jsonOf(...number(Number.POSITIVE_INFINITY))],
  ["two kinds", jsonOf(0x20, 1, 0x20, 0)],
  ["a boolean of 2", jsonOf(0x20, 2)],
  ["a null of 1", jsonOf(0x08, 1)],
  ["a number cut short", jsonOf(0x11, 0, 0)],
  ["a string that is not UTF-8", jsonOf(0x1a, 2, 0xc3, 0x28)],
  ["a key that is not UTF-8", jsonOf(0x2a, 7, 0x0a, 5, 0x0a, 1, 0xff, 0x12, 0)],
  ["a name that is not UTF-8", [0x0a, 1, 0xff, ...jsonOf(0x20, 1)]],
  ["an entry without a key", jsonOf(0x2a, 4, 0x0a, 2, 0x12, 0)],
  ["an entry without a value", jsonOf(0x2a, 5, 0x0a, 3, 0x0a, 1, 0x61)],
  ["an entry backwards", jsonOf(0x2a, 7, 0x0a, 5, 0x12, 0, 0x0a, 1, 0x61)],
  ["a list longer than its value", jsonOf(0x32, 9, 0x0a, 0)],
  ["a length that never ends", jsonOf(0x32, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
  ["a negative length", jsonOf(0x32, 0xff, 0xff, 0xff, 0xff, 0x0f)],
];

for (const [what, bytes] of LEFT) {
  test(`readRequest() leaves ${what} to the parser`, () => {
    assert.equal(readRequest(Uint8Array.from(bytes)), undefined);
  });
}

test("readRequest() reads nothing set as null, and the last of equal keys", () => {
  const read = (...bytes: number[]) =>
    readRequest(Uint8Array.from(jsonOf(...bytes)))?.content.value;
  assert.deepEqual({ ...(read() as object) }, { value: null });
  const entry = (item: number): number[] => [0x0a, 7, 0x0a, 1, 0x61, 0x12, 2, 0x20, item];
  assert.deepEqual(
    { ...(read(0x2a, 18, ...entry(0), ...entry(1)) as object) },
    { value: { a: true } },
  );
});

/** Returns bytes with some of them changed, left out or repeated. */
function spoiled(bytes: Uint8Array, random: Random): Uint8Array {
  const list = [...bytes];
  for (let left = 1 + random.below(3); left > 0 && list.length > 0; left--) {
    const at = random.below(list.length);
    const way = random.below(4);
    if (way === 0) list.splice(at, 1);
    else if (way === 1) list.splice(at, 0, random.below(256));
    else if (way === 2) list.splice(at, 0, ...list.slice(at, at + random.below(12)));
    else list[at] = random.below(256);
  }
  return Uint8Array.from(list);
}

test("readRequest() reads random bytes as the parser, or leaves them to it", async () => {
  let known = 0;
  await seeded(async (random) => {
    for (let at = 0; at < 3000; at++) {
      const sent = requestOf({ case: "json", value: encodeJson(anyValue(random, 3)) });
      const bytes = at % 3 === 0 ? sent : spoiled(sent, random);
      for (const form of [bytes, Buffer.from(bytes)]) {
        const read = readRequest(form);
        if (read === undefined) continue;
        known += 1;
        assert.equal(read.apiName, fromBinary(RequestSchema, bytes).apiName);
        if (read.content.case !== "json") continue;
        assert.deepEqual(await decoded(json(), read.content), await generally(json(), bytes));
      }
    }
  });
  assert.ok(known > 2000, `${known} were read`);
});

const WRITTEN: readonly (readonly [string, Io<unknown, never>, unknown])[] = [
  ["text", text(), large],
  ["empty text", text(), ""],
  ["halves of surrogate pairs", text(), "a\ud800"],
  ["JSON", json(), { a: [1, "é\udc00", null, true], long: large }],
  ["no value", json(), undefined],
  ["a file", file(), { bytes: new Uint8Array(5000), type: "a/b" }],
  ["an empty file", file(), new Uint8Array()],
  ["floats", ndarray(), tensor("float32", [2, 1], Float32Array.from([0.5, Number.NaN]))],
  ["doubles", ndarray(), tensor("float64", [130], new Float64Array(130).fill(0.1))],
  ["a scalar", ndarray(), tensor("float32", [], Float32Array.from([1]))],
  ["no floats", ndarray(), tensor("float32", [0, 3], Float32Array.from([]))],
  ["a view", ndarray(), tensor("float32", [2], new Float32Array(9).fill(3).subarray(1, 3))],
  ["integers", ndarray(), tensor("int32", [2], Int32Array.of(1, -1))],
  [
    "a form",
    multipart({ a: json(), b: ndarray() }),
    { a: 1, b: tensor("float32", [1], Float32Array.from([1])) },
  ],
  ["named tensors", namedTensors(), { x: tensor("float32", [1], Float32Array.from([1])) }],
];

for (const [what, io, given] of WRITTEN) {
  test(`writeResponse() writes ${what} as the serializer, or leaves it`, async () => {
    const content = await encodeContent(io, given as never, {});
    const expected = toBinary(ResponseSchema, create(ResponseSchema, { content }));
    const written = writeResponse(await encodeWireContent(io, given as never, {}));
    if (what === "integers" || what === "a form") assert.equal(written, undefined);
    else assert.deepEqual(written?.finish(), expected);
  });
}
