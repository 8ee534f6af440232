import assert from "node:assert/strict";
import { test } from "node:test";
import { openSession } from "../../../src/onnx/index.ts";
import type { TrialSession } from "../../../src/onnx/trial/prober.ts";
import { tryBatching } from "../../../src/onnx/trial/trial.ts";
import { type Tensor, tensor } from "../../../src/tensor.ts";
import { root } from "../../support/runtimes.ts";
import { modelUrl } from "../models/index.ts";

type Axes = Readonly<Record<string, number>>;

/** Models whose calls can be joined, and the axes of their rows. */
const joined: readonly [string, input: Axes, output: Axes][] = [
  ["batch_scalar", { x: 0 }, { y: 0 }],
  ["batched_points", { x: 0 }, { y: 0 }],
  ["bertlike", { input_ids: 0, attention_mask: 0 }, { y: 0 }],
  ["bool", { x: 0 }, { y: 0 }],
  ["const_second", { x: 0 }, { y: 0 }],
  ["conv", { x: 0 }, { y: 0 }],
  ["conv_allopen", { x: 0 }, { y: 0 }],
  ["conv_p2o", { x: 0 }, { y: 0 }],
  ["external", { x: 0 }, { y: 0 }],
  ["fp16", { x: 0 }, { y: 0 }],
  ["gather", { i: 0 }, { y: 0 }],
  ["init_default", { x: 0 }, { y: 0 }],
  ["log", { x: 0 }, { y: 0 }],
  ["lstm_batch1", { x: 1 }, { y: 2 }],
  ["lstm_state", { x: 1, h: 1, c: 1 }, { y: 2, hn: 1, cn: 1 }],
  ["matopen", { x: 0 }, { y: 0 }],
  ["pair_unnamed", { a: 0, b: 0 }, { y: 0 }],
  ["shared_vec", { x: 0 }, { y: 0 }],
  ["skl_nozipmap", { X: 0 }, { label: 0, probabilities: 0 }],
  ["skl_rf_strlabels_nozip", { X: 0 }, { label: 0, probabilities: 0 }],
  ["skl_zipmap", { X: 0 }, { output_label: 0 }],
  ["string", { x: 0 }, { y: 0 }],
  ["time_batch_cumsum", { x: 1 }, { y: 1 }],
  ["uint8", { x: 0 }, { y: 0 }],
  ["unnamed", { x: 0 }, { y: 0 }],
];

const DEPENDS = /^a row of its output "y" depends on the other rows that it is joined with$/;
const OTHER_ROWS = /^its output "y" has other rows than its inputs$/;
const SHOWS_NOTHING = /^its output "y" is the same for all random inputs, which shows nothing$/;
const CLOSED = /^no axis of its inputs is open$/;

/** Models whose calls cannot be joined, and why. */
const alone: readonly [string, RegExp][] = [
  ["always_fails", /^it failed on random inputs: .*cannot be reshaped to the requested shape/],
  ["anyneg", DEPENDS],
  ["argmax0", OTHER_ROWS],
  ["axis_fixed", CLOSED],
  ["axis_norank", /^its input "x" declares no shape$/],
  ["axis_rank0", CLOSED],
  ["bntrain", /^its output "y" differs between two equal calls$/],
  ["const_out", SHOWS_NOTHING],
  ["conv_in_h", DEPENDS],
  ["count_equal", DEPENDS],
  ["cumsum_seq", DEPENDS],
  ["count_out", /^its output "count" has other rows than its inputs$/],
  ["detect", /^its output "boxes" has other rows than its inputs$/],
  ["dropout", /^its output "y" differs between two equal calls$/],
  ["dups", DEPENDS],
  ["emptyout", OTHER_ROWS],
  ["first100", OTHER_ROWS],
  ["fixed1", CLOSED],
  ["globalnorm", DEPENDS],
  ["handquant", DEPENDS],
  ["if", /^its operator If decides once for all rows$/],
  ["int8", /^its operator DynamicQuantizeLinear quantises by the largest value of all rows$/],
  ["label_const", /^its output "label" is the same for all random inputs, which shows/],
  ["lstm_last", OTHER_ROWS],
  ["lstm_time_only", DEPENDS],
  ["multiple4", /^it failed on random inputs: .*cannot be reshaped/],
  ["nanout", SHOWS_NOTHING],
  ["none-shape", /declares no shape/],
  ["large_float16", DEPENDS],
  ["large_int64", DEPENDS],
  ["nonzero", OTHER_ROWS],
  ["normbatch", DEPENDS],
  ["outlier", DEPENDS],
  ["padmask", DEPENDS],
  ["pairwise", /^its inputs "a" and "b" may differ in rows$/],
  ["pointcls", OTHER_ROWS],
  ["pointcls_keep", OTHER_ROWS],
  ["pointseg", DEPENDS],
  ["position", DEPENDS],
  ["random", /^its operator RandomNormalLike is random$/],
  ["saturated", SHOWS_NOTHING],
  ["scalar", CLOSED],
  ["softmax0", DEPENDS],
  ["sort", OTHER_ROWS],
  ["stringsplit", SHOWS_NOTHING],
  ["switch", DEPENDS],
  ["two_inputs_unrelated", /^its inputs "x" and "w" may differ in rows$/],
  ["two_rules", /^(it failed on random inputs|its inputs "x" and "w" may differ|a row of its)/],
];

for (const backend of ["native", "wasm"] as const) {
  test(`tryBatching() on ${backend} finds the rows of calls that can be joined`, async () => {
    for (const [name, input, output] of joined) {
      const session = await openSession(modelUrl(name), { backend });
      const { rowAxes, reason } = await tryBatching(session);
      assert.deepEqual(rowAxes, { input, output }, `${name}: ${reason}`);
      await session.close();
    }
    const mnist = await openSession(new URL("examples/mnist/mnist-cnn.onnx", root), { backend });
    const rows = { input: { image: 0 }, output: { logits: 0, probabilities: 0 } };
    assert.deepEqual((await tryBatching(mnist)).rowAxes, rows);
    await mnist.close();
  });

  test(`tryBatching() on ${backend} returns why calls of a model cannot be joined`, async () => {
    for (const [name, why] of alone) {
      const session = await openSession(modelUrl(name), { backend, warmUp: false });
      const { rowAxes, reason } = await tryBatching(session);
      assert.equal(rowAxes, undefined, `${name}: ${reason}`);
      assert.match(reason, why, name);
      await session.close();
    }
  });
}

/** Returns a session that computes a function over float32 [batch, 2]. */
function sessionOf(run: (x: Tensor<"float32">) => Tensor): TrialSession {
  return {
    inputs: [{ name: "x", dtype: "float32", shape: ["batch", 2] }],
    outputs: [{ name: "y", dtype: "float32", shape: ["batch", 2] }],
    facts: {
      inputs: new Map(),
      outputs: new Map(),
      operators: new Set(["Test"]),
      sources: new Map(),
      externalFiles: new Set(),
      usesFloat16: false,
    },
    run: async ({ x }) => ({ y: run(x as Tensor<"float32">) }),
  };
}

function double({ shape, data }: Tensor<"float32">): Tensor {
  return tensor(
    "float32",
    shape,
    data.map((value) => 2 * value),
  );
}

test("tryBatching() stops at its limit with a slow model", async () => {
  let now = 0;
  let runs = 0;
  const slow = sessionOf((x) => {
    now += 900 * (x.shape[0] ?? 0);
    runs += 1;
    return double(x);
  });
  const { rowAxes, reason } = await tryBatching(slow, { limitMs: 5_000, now: () => now });
  assert.equal(rowAxes, undefined);
  assert.equal(reason, "a trial would take more than 5 s (900 ms a row)");
  assert.ok(now <= 5_000, `${runs} runs until ${now}`);
});

test("tryBatching() tolerates rounding errors of another order of additions", async () => {
  const rounded = sessionOf((x) => {
    const y = double(x).data as Float32Array;
    const noise = 1 + 2e-6 * Math.sin(x.shape[0] ?? 0);
    return tensor(
      "float32",
      x.shape,
      y.map((value) => value * noise),
    );
  });
  assert.notEqual((await tryBatching(rounded)).rowAxes, undefined);
  const shifted = sessionOf((x) => {
    const y = double(x).data as Float32Array;
    return tensor(
      "float32",
      x.shape,
      y.map((value) => value + 0.01 * (x.shape[0] ?? 0)),
    );
  });
  assert.equal((await tryBatching(shifted)).rowAxes, undefined);
});

test("tryBatching() makes up no inputs that are as large as a batch", async () => {
  const twice = sessionOf(double);
  const large = { ...twice, inputs: [{ name: "x", dtype: "float32", shape: ["n", 2 ** 30] }] };
  const { rowAxes, reason } = await tryBatching(large as TrialSession);
  assert.deepEqual([rowAxes, reason], [undefined, "its inputs are too large to try"]);
});
