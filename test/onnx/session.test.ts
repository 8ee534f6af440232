import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { formatSpec } from "../../src/onnx/check.ts";
import { openSession } from "../../src/onnx/session.ts";
import { type Tensor, tensor } from "../../src/tensor.ts";
import { root } from "../support/runtimes.ts";
import { graph, model, node, value } from "./onnx-model.ts";

const mnist = new URL("examples/mnist/mnist-cnn.onnx", root);
const blank = tensor("float32", [1, 1, 28, 28]);

/** A model that returns its input, of any dtype. */
const identity = (type: number): Uint8Array =>
  model(
    graph({
      nodes: [node("Identity", ["x"], ["y"])],
      inputs: [value("x", type, ["n"])],
      outputs: [value("y", type, ["n"])],
    }),
  );

/** a + b and a - b over float32 [n, 2]. */
const sumAndDifference = model(
  graph({
    nodes: [node("Add", ["a", "b"], ["sum"]), node("Sub", ["a", "b"], ["difference"])],
    inputs: [value("a", 1, ["n", 2]), value("b", 1, ["n", 2])],
    outputs: [value("sum", 1, ["n", 2]), value("difference", 1, ["n", 2])],
  }),
);

for (const backend of ["native", "wasm"] as const) {
  test(`openSession() on ${backend} describes the inputs and outputs of the model`, async () => {
    const session = await openSession(mnist, { backend });
    assert.equal(session.backend, backend);
    assert.deepEqual(
      [...session.inputs, ...session.outputs].map((spec) => `${spec.name}: ${formatSpec(spec)}`),
      [
        "image: float32 [batch, 1, 28, 28]",
        "logits: float32 [batch, 10]",
        "probabilities: float32 [batch, 10]",
      ],
    );
    assert.equal(session.input(), session.inputs[0]);
    assert.equal(session.output(), session.outputs[0]);
    assert.equal(session.output("probabilities"), session.outputs[1]);
    assert.throws(() => session.input("pixels"), /has no input "pixels"; it has image/);
    await session.close();
  });

  test(`openSession() on ${backend} runs a model of one input by tensor and by name`, async () => {
    const session = await openSession(mnist, { backend });
    const logits = await session.run(blank);
    const probabilities = await session.run(blank, {
      output: "probabilities",
      dtype: "float32",
    });
    assert.deepEqual(await session.run(blank, "probabilities"), probabilities);
    const named = await session.run({ image: blank });
    assert.deepEqual(named, { logits, probabilities });
    assert.deepEqual(logits.shape, [1, 10]);
    const sum = probabilities.data.reduce((a, b) => a + b);
    assert.ok(Math.abs(sum - 1) < 1e-5);
    assert.deepEqual(Object.keys(await session.run({ image: blank }, ["logits"])), ["logits"]);
    const none = await session.run(tensor("float32", [0, 1, 28, 28]));
    assert.deepEqual(none.shape, [0, 10]);
    await session.close();
  });

  test(`openSession() on ${backend} runs a model of several inputs`, async () => {
    const session = await openSession(sumAndDifference, { backend });
    const a = tensor("float32", [1, 2], Float32Array.of(3, 4));
    const b = tensor("float32", [1, 2], Float32Array.of(1, 1));
    const { sum, difference } = await session.run({ a, b });
    assert.deepEqual([...(sum?.data ?? [])], [4, 5]);
    assert.deepEqual([...(difference?.data ?? [])], [2, 3]);
    await assert.rejects(session.run(a), /has 2 inputs: give a, b by name/);
    await session.close();
  });

  const dtypes: readonly [number, Tensor][] = [
    [1, tensor("float32", [2], Float32Array.of(1.5, -2))],
    [2, tensor("uint8", [2], Uint8Array.of(1, 255))],
    [3, tensor("int8", [2], Int8Array.of(-128, 127))],
    [5, tensor("int16", [2], Int16Array.of(-1, 1))],
    [6, tensor("int32", [2], Int32Array.of(-1, 1))],
    [7, tensor("int64", [2], BigInt64Array.of(-(2n ** 60n), 1n))],
    [8, tensor("string", [2], ["a", "grüße"])],
    [9, tensor("bool", [2], Uint8Array.of(0, 1))],
    [10, tensor("float16", [2], Float16Array.of(0.5, -2))],
    [11, tensor("float64", [2], Float64Array.of(0.1, 1e300))],
    [12, tensor("uint32", [2], Uint32Array.of(0, 2 ** 32 - 1))],
    [13, tensor("uint64", [2], BigUint64Array.of(0n, 2n ** 63n))],
  ];
  for (const [type, input] of dtypes) {
    test(`openSession() on ${backend} passes ${input.dtype} in and out unchanged`, async () => {
      const session = await openSession(identity(type), { backend });
      assert.deepEqual(await session.run(input), input);
      await session.close();
    });
  }

  const wrong: readonly [string, Record<string, Tensor>, string][] = [
    [
      "a missing input",
      {},
      'Input "image" is missing: the model takes "image" float32 [batch, 1, 28, 28]',
    ],
    [
      "an unknown input",
      { image: blank, other: blank },
      'Unknown input "other": the model takes "image" float32 [batch, 1, 28, 28]',
    ],
    [
      "another dtype",
      { image: tensor("int32", [1, 1, 28, 28]) },
      'Input "image" must be float32 [batch, 1, 28, 28], but was int32 [1, 1, 28, 28]',
    ],
    [
      "another length of an axis",
      { image: tensor("float32", [1, 1, 27, 28]) },
      'Input "image" must be float32 [batch, 1, 28, 28], but was float32 [1, 1, 27, 28]',
    ],
    [
      "another number of axes",
      { image: tensor("float32", [28, 28]) },
      'Input "image" must be float32 [batch, 1, 28, 28], but was float32 [28, 28]',
    ],
  ];
  for (const [what, inputs, message] of wrong) {
    test(`openSession() on ${backend} refuses ${what}, and works afterwards`, async () => {
      const session = await openSession(mnist, { backend });
      await assert.rejects(session.run(inputs), { code: "invalid_argument", message });
      assert.deepEqual((await session.run(blank)).shape, [1, 10]);
      await session.close();
    });
  }

  test(`openSession() on ${backend} refuses axes of one name that differ in length`, async () => {
    const add = graph({
      nodes: [node("Add", ["a", "b"], ["c"])],
      inputs: [value("a", 1, ["n"]), value("b", 1, ["n"])],
      outputs: [value("c", 1, ["n"])],
    });
    const session = await openSession(model(add), { backend });
    await assert.rejects(session.run({ a: tensor("float32", [2]), b: tensor("float32", [3]) }), {
      code: "invalid_argument",
      message: /^Axis "n" must have one length, but has 2 in "a" and 3 in "b": the model takes /,
    });
    await session.close();
  });

  test(`openSession() on ${backend} keeps the answers of overlapping runs apart`, async () => {
    const session = await openSession(identity(6), { backend });
    const inputs = Array.from({ length: 20 }, (_, at) => tensor("int32", [1], Int32Array.of(at)));
    const outputs = await Promise.all(inputs.map((input) => session.run(input)));
    assert.deepEqual(outputs, inputs);
    await session.close();
  });

  for (const [what, bytes] of [
    ["text", new TextEncoder().encode("this is text")],
    ["nothing", new Uint8Array(0)],
    ["half a model", readFileSync(mnist).subarray(0, 100_000)],
  ] as const) {
    test(`openSession() on ${backend} refuses ${what}`, async () => {
      await assert.rejects(openSession(bytes, { backend }), {
        message: new RegExp(`^Cannot open a model of ${bytes.length} bytes as an ONNX model: `),
      });
    });
  }
}

test("openSession() opens a URL, a path, or bytes", async () => {
  for (const source of [mnist, fileURLToPath(mnist), mnist.href, readFileSync(mnist)]) {
    const session = await openSession(source);
    assert.deepEqual((await session.run(blank)).shape, [1, 10]);
    await session.close();
  }
});

test("openSession() names the model that it cannot read", async () => {
  const gone = new URL("gone.onnx", mnist);
  await assert.rejects(openSession(gone), /^Error: Cannot read the model .*gone\.onnx: /);
  await assert.rejects(openSession("gone.onnx"), /^Error: Cannot read the model gone\.onnx: /);
});

test("Session.run() returns the requested outputs with their dtypes", async () => {
  const session = await openSession(mnist);
  const { logits, probabilities } = await session.run(
    { image: blank },
    { logits: "float32", probabilities: "float32" },
  );
  const sum: number = probabilities.data.reduce((a, b) => a + b, logits.data.length);
  assert.ok(Math.abs(sum - 11) < 1e-5);
  const claimed: Tensor<"float32"> = await session.run<"float32">(blank);
  assert.deepEqual(claimed, logits);
  await session.close();
});

test("Session.run() refuses an output that the model lacks, or of another dtype", async () => {
  const session = await openSession(mnist);
  const none = 'The model has no output "scores"; it has logits, probabilities';
  const other =
    'The model\'s output "logits" is float32 [batch, 10], but the run requested float64';
  const listed =
    "A run with one tensor returns one output: give its name or { output, dtype }, " +
    "not a list of names";
  const single =
    "A run by the names of the inputs returns outputs by name: give a list of names or " +
    '{ name: dtype }, not "logits"';
  const untyped = session.run as (inputs: unknown, outputs: unknown) => Promise<unknown>;
  const run = untyped.bind(session);
  for (const [inputs, outputs, message] of [
    [blank, "scores", none],
    [blank, { output: "scores" }, none],
    [blank, { dtype: "float64" }, other],
    [blank, { output: "logits", dtype: "float64" }, other],
    [blank, { name: "logits" }, /^Cannot choose an output with the option "name": /],
    [blank, ["logits"], listed],
    [{ image: blank }, ["scores"], none],
    [{ image: blank }, { logits: "float64" }, other],
    [{ image: blank }, "logits", single],
  ] as const) {
    await assert.rejects(run(inputs, outputs), { name: "TypeError", message });
  }
  assert.deepEqual((await session.run(blank)).shape, [1, 10]);
  await session.close();
});

test("openSession() uses the native library by default", async () => {
  const session = await openSession(mnist);
  assert.equal(session.backend, "native");
  await session.close();
});

test("openSession() refuses a backend that does not exist", async () => {
  await assert.rejects(openSession(mnist, { backend: "cuda" as "wasm" }), {
    name: "TypeError",
    message: 'There is no backend "cuda": it must be one of auto, native, wasm, webgpu',
  });
});

test("openSession() on wasm leaves the Web Workers of the runtime as they are", async () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, "Worker");
  const sessions = await Promise.all([1, 2].map(() => openSession(mnist, { backend: "wasm" })));
  assert.deepEqual(Object.getOwnPropertyDescriptor(globalThis, "Worker"), before);
  for (const session of sessions) await session.close();
});

test("openSession() runs a model on wasm instead of webgpu where there is no GPU", async () => {
  // Deno has navigator.gpu: the system tests run on it.
  Object.defineProperty(navigator, "gpu", { value: undefined, configurable: true });
  const sessionOptions = { preferredOutputLocation: "gpu-buffer" } as const;
  const executionProviders = [{ name: "webgpu", preferredLayout: "NHWC" }] as const;
  const session = await openSession(mnist, {
    backend: "webgpu",
    executionProviders,
    sessionOptions,
  });
  assert.equal(session.backend, "wasm");
  assert.deepEqual((await session.run(blank)).shape, [1, 10]);
  await session.close();
  Reflect.deleteProperty(navigator, "gpu");
});

test("openSession() opens a model that cannot be warmed up", async () => {
  // Reshape to [1, 3] cannot take the one element that warm-up gives for an open axis.
  const picky = model(
    graph({
      nodes: [node("Reshape", ["x", "shape"], ["y"])],
      inputs: [value("x", 1, ["n"])],
      outputs: [value("y", 1, [1, 3])],
      constants: [{ name: "shape", values: [1n, 3n] }],
    }),
  );
  const session = await openSession(picky, { backend: "wasm" });
  const three = tensor("float32", [3], Float32Array.of(1, 2, 3));
  assert.deepEqual((await session.run(three)).shape, [1, 3]);
  await session.close();
});
