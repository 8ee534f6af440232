import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeContent, encodeContent } from "../../../src/bentoml/content/content.ts";
import type { Io } from "../../../src/io/io.ts";
import { type NamedTensors, namedTensors } from "../../../src/io/tensor/named-tensors.ts";
import { tensor } from "../../../src/tensor.ts";

const decode = async <In>(io: Io<In, never>, text: string): Promise<In> =>
  io.decode({ bytes: new TextEncoder().encode(text), type: undefined });
const encode = async (value: NamedTensors, options = {}): Promise<string> =>
  new TextDecoder().decode((await namedTensors(options).encode(value)).bytes);

const typed = namedTensors({ dtypes: { x: "float32", ids: "int64", any: undefined } });

test("namedTensors() reads each tensor as its dtype", async () => {
  const text = ' {"x": [[1, NaN]] , "ids":[9223372036854775807],"any":"a,b", "x": [0.5]}\n';
  assert.deepEqual(await decode(typed, text), {
    x: tensor("float32", [1], Float32Array.of(0.5)),
    ids: tensor("int64", [1], BigInt64Array.of(2n ** 63n - 1n)),
    any: tensor("string", [], ["a,b"]),
  });
  assert.deepEqual(await decode(namedTensors(), '{"__proto__":[1]}'), {
    ["__proto__"]: tensor("float64", [1], Float64Array.of(1)),
  });
  assert.deepEqual(await decode(typed, "{ }"), {});
});

test("namedTensors() asks for the dtypes at each body", async () => {
  let asked = 0;
  const io = namedTensors({
    dtypes: async () => {
      asked += 1;
      return { x: "uint8" };
    },
  });
  for (let i = 0; i < 2; i++) assert.equal((await decode(io, '{"x":1}'))["x"]?.dtype, "uint8");
  assert.equal(asked, 2);
});

const REFUSED: readonly [text: string, message: RegExp][] = [
  ["", /the body is empty/],
  ["hello", /: unexpected "hello" at byte 0$/],
  ["[1]", /^The body must be an object of the inputs \("x", "ids", "any"\), each as nested/],
  ['{"y": 1}', /^Unknown input "y": the inputs are "x", "ids", "any"$/],
  ['{"x": [1, [2]]}', /^Input "x": Cannot make a tensor.*\[1\] must be a number.*\(byte 10 of/],
  ['{"x": [1}', /^Input "x": Invalid JSON input received: unexpected "}" at byte 8$/],
  ['{"x": [1], }', /unexpected "}" at byte 11/],
  ['{"x" [1]}', /unexpected "\[" at byte 5/],
  ['{"x": [1]} 2', /unexpected "2" at byte 11/],
  ['{"x": [1]', /it ends too early/],
];

for (const [text, message] of REFUSED) {
  test(`namedTensors() refuses ${text}`, async () => {
    await assert.rejects(decode(typed, text), { code: "invalid_argument", message });
  });
}

const OUTPUT = {
  p: tensor("float32", [2, 1], Float32Array.of(0.5, Number.NaN)),
  'a "b"': tensor("int64", [], BigInt64Array.of(2n ** 62n)),
};

test("namedTensors() writes each tensor", async () => {
  assert.equal(await encode(OUTPUT), '{"p":[[0.5],[null]],"a \\"b\\"":4611686018427387904}');
  assert.match(await encode(OUTPUT, { nonFinite: "literal" }), /\[NaN\]/);
  assert.equal(await encode({}), "{}");
  await assert.rejects(encode({ p: [1] } as never), {
    name: "TypeError",
    message: /"p" must be a/,
  });
});

test("namedTensors() is JSON over gRPC", async () => {
  const content = await encodeContent(namedTensors() as Io<unknown, never>, OUTPUT, {});
  assert.equal(content.case, "json");
  const io = namedTensors({ dtypes: { p: "float32", 'a "b"': "int64" } });
  const doubled = { ...OUTPUT, p: tensor("float32", [2], Float32Array.of(1, 2)) };
  const sent = (await encodeContent(namedTensors() as Io<unknown, never>, doubled, {})) as never;
  assert.deepEqual(await decodeContent(io as Io<unknown, never>, sent, {}), doubled);
});
