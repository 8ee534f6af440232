import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openSession } from "../../src/onnx/index.ts";
import { tensor } from "../../src/tensor.ts";
import { silenced } from "../support/silenced.ts";
import { modelUrl } from "./models/index.ts";

const folder = mkdtempSync(join(tmpdir(), "ekiben-values-"));
after(() => rmSync(folder, { recursive: true }));
const optimized = join(folder, "optimized.onnx");

const refused: readonly [string, RegExp][] = [
  ["seqin", /its input "s" is a sequence, but only tensors can be given/],
  ["opt", /its input "x" is optional, but only tensors can be given/],
  ["seqout", /none of its outputs is a tensor that can be read: "s" is a sequence; export the mod/],
  ["int4_in", /its input "x" is a tensor of int4, but only tensors of float16, .* can be given: /],
  ["int4_out", /none of its outputs is a tensor that can be read: "q" is a tensor of int4; export/],
];

for (const backend of ["native", "wasm"] as const) {
  test(`openSession() on ${backend} refuses models without tensors`, async () => {
    for (const [name, message] of refused) {
      await assert.rejects(openSession(modelUrl(name), { backend }), { message });
    }
  });

  test(`openSession() on ${backend} leaves out an output that is no tensor`, async () => {
    using logged = silenced();
    const session = await openSession(modelUrl("skl_zipmap"), { backend });
    assert.match(logged.text, /"output_probability" is a sequence; export .*"zipmap": False/);
    assert.deepEqual(
      session.outputs.map(({ name }) => name),
      ["output_label"],
    );
    const answer = await session.run({ X: tensor("float32", [2, 4]) });
    assert.deepEqual(Object.keys(answer), ["output_label"]);
    await assert.rejects(session.run({ X: tensor("float32", [1, 4]) }, ["output_probability"]), {
      name: "TypeError",
      message: 'The model has no output "output_probability"; it has output_label',
    });
    await session.close();
  });

  // The native library would end the process.
  test(`openSession() on ${backend} leaves out an output of int4`, async () => {
    using logged = silenced();
    const session = await openSession(modelUrl("int4_second"), { backend });
    assert.match(logged.text, /left out: "q" is a tensor of int4; export the model/);
    const { y, ...others } = await session.run({
      x: tensor("float32", [1, 2], Float32Array.of(1, -2)),
    });
    assert.deepEqual(y?.data, Float32Array.of(-1, 2));
    assert.deepEqual(others, {});
    await session.close();
  });

  test(`openSession() on ${backend} passes on ONNX Runtime's own options`, async () => {
    using logged = silenced();
    const session = await openSession(modelUrl("axis_named"), {
      backend,
      graphOptimizationLevel: "disabled",
      executionProviders: [{ name: backend === "native" ? "cpu" : "wasm" }],
      // Each backend has an option of its own whose effect can be seen.
      sessionOptions:
        backend === "native"
          ? { optimizedModelFilePath: optimized, enableMemPattern: false }
          : { freeDimensionOverrides: { n: 3 } },
    });
    if (backend === "native") assert.ok(existsSync(optimized), "the model was written");
    else assert.deepEqual(session.inputs[0]?.shape, [3, 4], "the axis n was fixed");
    await session.close();
    assert.equal(logged.text, "");
    await assert.rejects(
      openSession(modelUrl("axis_named"), {
        backend,
        graphOptimizationLevel: "most" as "all",
      }),
      /axis_named\.onnx as an ONNX model: .*most|optimization level/i,
    );
  });
}
