import assert from "node:assert/strict";
import { test } from "node:test";
import { elementsOf, MAX_MADE_UP, plausibleShapes } from "../../src/onnx/shapes.ts";

test("plausibleShapes() yields none that are too large, but for the first", () => {
  const open = { name: "x", dtype: "float32", shape: ["n", "c", "d", "h", "w"] } as const;
  const all = [...plausibleShapes([open], { x: 0 }, 1)];
  assert.ok(all.length > 10);
  assert.ok(all.every((shapes) => elementsOf(shapes) <= MAX_MADE_UP));
  const large = { ...open, shape: ["n", 2 ** 24, "w"] } as const;
  assert.deepEqual([...plausibleShapes([large], { x: 0 }, 1)], [{ x: [1, 2 ** 24, 8] }]);
});
