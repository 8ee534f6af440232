import assert from "node:assert/strict";
import { test } from "node:test";
import { openSession } from "../../src/onnx/index.ts";
import { tensor } from "../../src/tensor.ts";
import { graph, model, node, value } from "./onnx-model.ts";

const STRING = 8;
const echo = model(
  graph({
    nodes: [node("Identity", ["x"], ["y"])],
    inputs: [value("x", STRING, ["n"])],
    outputs: [value("y", STRING, ["n"])],
  }),
);

for (const backend of ["native", "wasm"] as const) {
  test(`Texts pass a session on ${backend} unchanged, or are refused`, async () => {
    const session = await openSession(echo, { backend });
    const data = ["", "ü", "日本", "😀", "a\nb", "\ufeff"];
    const { y } = await session.run({ x: tensor("string", [6], data) });
    assert.deepEqual(y?.data, data);
    const texts = tensor("string", [2], ["a", "b\0c"]);
    await assert.rejects(session.run({ x: texts }), {
      code: "invalid_argument",
      message: "The text at 1 has a NUL, which models cannot read",
    });
    await session.close();
  });
}
