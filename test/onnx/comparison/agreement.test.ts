import assert from "node:assert/strict";
import { test } from "node:test";
import { compare } from "../../../src/onnx/comparison/agreement.ts";
import type { ModelFacts } from "../../../src/onnx/model-facts.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { type FakeOptions, fakeSession, taking } from "../webgpu/fake-sessions.ts";

const FLOAT16: ModelFacts = {
  inputs: new Map(),
  outputs: new Map(),
  operators: new Set(["Mul"]),
  sources: new Map(),
  externalFiles: new Set(),
  usesFloat16: true,
};

async function compared(
  gpu: FakeOptions,
  wasm: FakeOptions = {},
  facts?: ModelFacts,
  clock = new FakeClock(),
) {
  const sessions = { gpu: fakeSession(gpu), wasm: fakeSession(wasm) };
  const agreement = await compare(sessions.gpu, sessions.wasm, facts, clock);
  return { ...sessions, agreement };
}

const reasonOf = ({ agreement }: Awaited<ReturnType<typeof compared>>): string =>
  "reason" in agreement ? `${agreement.kind}: ${agreement.reason}` : agreement.kind;

test("compare() gives both the same inputs, from tiny to large ones, and zeros", async () => {
  const shape = ["n", 100];
  const { gpu, wasm, agreement } = await compared({ shape, compute: (x) => 2.0001 * x }, { shape });
  assert.equal(agreement.kind, "agrees");
  // WASM runs the first inputs twice.
  assert.deepEqual(wasm.given.slice(1), gpu.given);
  const sizes = gpu.given.map(({ data }) => Math.max(...(data as Float32Array).map(Math.abs)));
  assert.ok(sizes.some((size) => size > 0 && size < 0.01));
  assert.ok(sizes.some((size) => size > 0.1 && size < 10));
  assert.ok(sizes.some((size) => size > 100 && size <= 255));
  assert.ok(sizes.some((size) => size > 500));
  assert.ok(sizes.includes(0));
});

test("compare() varies the inputs of a model with a fixed number of rows too", async () => {
  const { gpu } = await compared({ shape: [1, 2] }, { shape: [1, 2] });
  const texts = gpu.given.map(({ data }) => String(data));
  assert.equal(new Set(texts).size, texts.length);
});

test("compare() finds silent faults of a GPU", async () => {
  const faults: readonly [string, (x: number) => number, RegExp][] = [
    ["zeros", () => 0, /^differs: its output "y" was 0\.000 instead of .* \(inputs normally dist/],
    ["NaN", (x) => (x === 0 ? Number.NaN : 2 * x), /was NaN instead of 0\.000 \(inputs zero\)$/],
    [
      "overflow",
      (x) => (x > 100 ? Number.POSITIVE_INFINITY : 2 * x),
      /was Infinity instead of .* \(inputs between 0 and 255\)$/,
    ],
    [
      "underflow",
      (x) => (Math.abs(x) < 0.01 ? 0 : 2 * x),
      /was 0\.000 instead of .* \(inputs of magnitude 0\.001\)$/,
    ],
    ["an inexact function", (x) => 2.01 * x, /^differs: its output "y" was /],
  ];
  for (const [name, compute, reason] of faults) {
    assert.match(reasonOf(await compared({ compute })), reason, name);
  }
});

test("compare() allows the rounding errors of float16, but no overflow", async () => {
  const rounded = (x: number): number => Math.fround(2 * x * 1.01);
  assert.equal(reasonOf(await compared({ compute: rounded }, {}, FLOAT16)), "agrees");
  assert.match(reasonOf(await compared({ compute: rounded })), /^differs/);
  const overflows = (x: number): number => (Math.abs(x) > 200 ? Number.NaN : 2 * x);
  const dtype = "float16";
  const wide = { dtype, shape: ["n", 100] } as const;
  const found = await compared({ ...wide, compute: overflows }, wide, FLOAT16);
  assert.match(reasonOf(found), /was NaN instead of .* \(inputs between 0 and 255\)$/);
  // Inputs of magnitude 1000 prove nothing about float16.
  const beyond = (x: number): number => (Math.abs(x) > 256 ? Number.NaN : 2 * x);
  assert.equal(reasonOf(await compared({ compute: beyond }, {}, FLOAT16)), "agrees");
  assert.match(reasonOf(await compared({ compute: beyond })), /magnitude 1000\)$/);
});

test("compare() refuses a GPU that fails or does not answer", async () => {
  const failing = await compared({
    before() {
      throw new Error("Unsupported operator: Foo");
    },
  });
  assert.match(reasonOf(failing), /^differs: it failed: Unsupported operator: Foo \(inputs/);
  const clock = new FakeClock();
  const hanging = compared({ before: () => new Promise(() => {}) }, {}, undefined, clock);
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(30_000);
  assert.match(reasonOf(await hanging), /^differs: it failed: it did not answer within 30 s/);
});

test("compare() cannot compare a random model, nor one that takes no input", async () => {
  const random = await compared({}, { compute: (x, run) => x + run });
  assert.equal(reasonOf(random), "unknown: the model answers the same input differently each time");
  const picky = await compared(
    {},
    {
      before() {
        throw new Error("bad shape");
      },
    },
  );
  assert.equal(
    reasonOf(picky),
    "unknown: the model takes none of the inputs that were tried: bad shape",
  );
  assert.equal(picky.gpu.given.length, 0);
});

test("compare() finds shapes and values that the model takes", async () => {
  const shape = ["n", "length"];
  const wasm: FakeOptions = { shape };
  const session = fakeSession(wasm);
  const run = session.run.bind(session);
  session.run = async (inputs, outputs) => {
    const { x } = inputs;
    if (x?.shape[1] !== 16) throw new Error("not 16");
    if (x.data.some((value) => Number(value) > 500)) throw new Error("too large");
    return await run(inputs, outputs);
  };
  const gpu = fakeSession({ shape });
  const agreement = await compare(gpu, session, undefined, new FakeClock());
  assert.equal(agreement.kind, "agrees");
  assert.equal(gpu.given.length, 5);
});

test("compare() takes a bounded time, and compares at least one input", async () => {
  for (const [wasmMs, gpuMs, runs] of [
    [10_000, 1, 1],
    [1, 10_000, 2],
    [1, 4_000, 3],
    [2_000, 1, 3],
    [1, 1, 6],
  ] as const) {
    const clock = new FakeClock();
    const { gpu, agreement } = await compared(
      { before: taking(clock, () => gpuMs) },
      { before: taking(clock, () => wasmMs) },
      undefined,
      clock,
    );
    assert.equal(agreement.kind, "agrees");
    assert.equal(gpu.given.length, runs, `${wasmMs} and ${gpuMs} ms`);
  }
});

test("compare() tries inputs for a bounded time", async () => {
  const clock = new FakeClock();
  const { wasm, agreement } = await compared(
    {},
    {
      shape: ["n", "length"],
      before() {
        clock.advance(3_000);
        throw new Error("bad shape");
      },
    },
    undefined,
    clock,
  );
  assert.equal(agreement.kind, "unknown");
  assert.equal(wasm.given.length, 3);
});
