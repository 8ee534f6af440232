import assert from "node:assert/strict";
import { test } from "node:test";
import { formatSpec } from "../../src/onnx/check.ts";
import { openSession } from "../../src/onnx/index.ts";
import { tensor } from "../../src/tensor.ts";
import { modelUrl } from "./models/index.ts";

/** Each type of axis: its text, shapes that fit, and shapes that do not. */
const axes: readonly [string, string, fit: number[][], wrong: number[][]][] = [
  ["axis_fixed", "float32 [2, 4]", [[2, 4]], [[1, 4], [2, 5], [2], []]],
  [
    "axis_named",
    "float32 [n, 4]",
    [
      [1, 4],
      [0, 4],
      [7, 4],
    ],
    [[1, 5], [4]],
  ],
  [
    "axis_unnamed",
    "float32 [?, 4]",
    [
      [1, 4],
      [0, 4],
      [7, 4],
    ],
    [[1, 5], [4]],
  ],
  [
    "axis_empty",
    "float32 [?, 4]",
    [
      [1, 4],
      [7, 4],
    ],
    [[1, 5], [4]],
  ],
  [
    "axis_neg",
    "float32 [?, 4]",
    [
      [1, 4],
      [7, 4],
    ],
    [[1, 5], [4]],
  ],
  [
    "axis_allopen",
    "float32 [?, ?]",
    [
      [1, 4],
      [3, 9],
    ],
    [[4], [1, 1, 1]],
  ],
  ["axis_zero", "float32 [0, 4]", [[0, 4]], [[1, 4]]],
  ["axis_placeholder", "float32 [?, ?, ?, 4]", [[1, 2, 3, 4]], [[1, 2, 3, 5]]],
  ["axis_rank0", "float32 []", [[]], [[1], [1, 1]]],
  ["axis_norank", "float32 of any shape", [[], [3], [2, 2], [1, 2, 3]], []],
  ["none-shape", "float32 of any shape", [[], [3], [2, 2]], []],
  ["noshape", "float32 of any shape", [[], [3], [2, 2]], []],
  [
    "unnamed",
    "float32 [?, 2]",
    [
      [1, 2],
      [3, 2],
    ],
    [[2]],
  ],
  [
    "skl_nozipmap",
    "float32 [?, 4]",
    [
      [1, 4],
      [3, 4],
    ],
    [[4], [1, 3]],
  ],
];

for (const backend of ["native", "wasm"] as const) {
  test(`openSession() on ${backend} checks every type of axis`, async () => {
    for (const [name, shown, fit, wrong] of axes) {
      const session = await openSession(modelUrl(name), { backend });
      const [spec, ...others] = session.inputs;
      assert.ok(spec !== undefined && others.length === 0);
      assert.equal(formatSpec(spec), shown, name);
      for (const shape of fit) {
        const output = await session.run(tensor("float32", shape));
        assert.equal(output.shape[0], shape[0], `${name} of ${shape}`);
      }
      for (const shape of wrong) {
        await assert.rejects(session.run(tensor("float32", shape)), {
          code: "invalid_argument",
          message: `Input "${spec.name}" must be ${shown}, but was float32 [${shape.join(", ")}]`,
        });
      }
      await session.close();
    }
  });
}
