import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { LoadedVersion } from "../../src/repository/loaded-version.ts";
import { reshapeOf } from "../../src/repository/reshape.ts";
import { tensor } from "../../src/tensor.ts";
import { graph, model, node, value } from "../onnx/onnx-model.ts";
import { temporaryFolder } from "../project/checkout.ts";

const FLOAT = 1;

/** The mean of each channel, as image models of Triton's examples have their shapes. */
function meansFile(rows: string | number): URL {
  const file = join(temporaryFolder().path, "means.onnx");
  const content = model(
    graph({
      nodes: [node("GlobalAveragePool", ["x"], ["y"])],
      inputs: [value("x", FLOAT, [rows, 2, "h", 2])],
      outputs: [value("y", FLOAT, [rows, 2, 1, 1])],
    }),
  );
  writeFileSync(file, content);
  return pathToFileURL(file);
}

for (const rows of ["n", 1]) {
  test(`A model is called by the shapes of its settings, of ${rows} rows`, async () => {
    const hasRows = rows === "n";
    const loaded = new LoadedVersion({
      name: "means",
      found: { version: "1", url: meansFile(rows) },
      settings: {
        batch: "off",
        reshapes: hasRows
          ? {
              x: reshapeOf("x", [4, -1], [2, -1, 2], true),
              y: reshapeOf("y", [2], [2, 1, 1], true),
            }
          : {
              x: reshapeOf("x", [2, -1, 2], [1, 2, -1, 2], false),
              y: reshapeOf("y", [2], [1, 2, 1, 1], false),
            },
      },
      runner: "means",
      batching: { choice: "off", overridesOff: false },
    });
    await loaded.start();
    try {
      const shape = hasRows ? [3, 4, 1] : [2, 1, 2];
      assert.deepEqual(loaded.inputs[0]?.shape, hasRows ? ["", 4, ""] : [2, "", 2]);
      assert.deepEqual(loaded.outputs[0]?.shape, hasRows ? ["", 2] : [2]);
      assert.equal(loaded.exampleShapes?.["x"]?.length, 3);
      const count = hasRows ? 12 : 4;
      const data = Float32Array.from({ length: count }, (_, at) => at);
      const { y } = await loaded.run({ x: tensor("float32", shape, data) });
      assert.deepEqual(y?.shape, hasRows ? [3, 2] : [2]);
      const means = Array.from({ length: count / 2 }, (_, at) => 2 * at + 0.5);
      assert.deepEqual([...(y?.data ?? [])], means);
    } finally {
      await loaded.close();
    }
  });
}

test("reshapeOf() refuses shapes that cannot have the same elements", () => {
  assert.throws(() => reshapeOf("x", [3, 4], [1, 13], false), {
    message:
      '"reshape" of "x" must have the elements and the open axes of its "dims" [3, 4], ' +
      "but is [1, 13]",
  });
  assert.throws(() => reshapeOf("x", [-1, 4], [4], false), /open axes/);
});
